// The parts that a provider's author writes: resources, data sources and the provider around them, typed from their schemas.
import type { JsonValue, Path } from "../cty";
import type { Config, KnownConfig, PartialState, Plan, PlannedState, Schema, State, StoredState } from "../schema";
import type { Diagnostics, ProviderError } from "./diagnostics";
import type { ProviderFunction } from "./function";
import type { Logger } from "./log";
import type { PrivateState } from "./private-state";

type Awaitable<T> = T | Promise<T>;

/** The parameters that every hook gets. */
export interface Call {
  /** Aborted when Terraform is interrupted: stop soon, and throw `signal.reason` or return the state reached. */
  readonly signal: AbortSignal;
  /** Writes to Terraform's log; sensitive and write-only values are masked. */
  readonly log: Logger;
  /** Reports errors and warnings to the user, masked likewise. To end the hook with an error, throw a `ProviderError`. */
  readonly diagnostics: Diagnostics;
}

/** The parameters of hooks that call the service. */
export interface ClientCall<Client> extends Call {
  /** The client that the provider's `configure` returned. */
  readonly client: Client;
}

/** The parameters of hooks of one resource. */
export interface ResourceCall<Client> extends ClientCall<Client> {
  /** Facts kept with the resource's state, hidden from users. */
  readonly privateState: PrivateState;
}

/** The parameters of hooks that change a resource. */
export interface ApplyCall<S extends Schema, Client> extends ResourceCall<Client> {
  /**
   * Records the state reached so far. If the hook then fails or is interrupted, Terraform's state holds the last one saved.
   * Without a `save`, a failed `create` leaves no state, and a failed `update` or `delete` leaves the prior state. Values that
   * are still unknown are saved as null.
   */
  save(state: PlannedState<S>): void;
}

/** The functions that implement a resource. */
export interface ResourceHooks<S extends Schema, Client> {
  /** Checks that need more than one attribute. Values may be unknown. */
  validate?(call: Call & { readonly config: Config<S> }): Awaitable<void>;
  /**
   * Completes the plan. `planned` is the plan that follows from the schema: return a changed copy, or nothing to leave it. Only
   * computed attributes may be changed, and configured ones to their prior value. Not called for a destruction.
   */
  plan?(
    call: ResourceCall<Client> & {
      readonly config: Config<S>;
      /** The prior state; null when the resource is to be created. */
      readonly state: State<S> | null;
      readonly planned: Plan<S>;
      /** Adds a path whose change replaces the resource. */
      requireReplace(path: Path): void;
    },
  ): Awaitable<Plan<S> | undefined>;
  /** Creates the planned resource and returns its state. */
  create(
    call: ApplyCall<S, Client> & { readonly config: KnownConfig<S>; readonly planned: PlannedState<S> },
  ): Awaitable<State<S>>;
  /** Returns the current state, or null if the resource no longer exists. */
  read(call: ResourceCall<Client> & { readonly state: StoredState<S> }): Awaitable<State<S> | null>;
  /** Updates in place and returns the new state. Without this function, every change replaces the resource. */
  update?(
    call: ApplyCall<S, Client> & {
      readonly config: KnownConfig<S>;
      readonly state: State<S>;
      readonly planned: PlannedState<S>;
    },
  ): Awaitable<State<S>>;
  /** Destroys the resource. One that no longer exists is not an error. */
  delete(call: ApplyCall<S, Client> & { readonly state: State<S> }): Awaitable<void>;
  /** Turns the ID of `terraform import` into a state that `read` can complete. Without this function, import is refused. */
  import?(call: ResourceCall<Client> & { readonly id: string }): Awaitable<PartialState<S>>;
  /** Turns state of an earlier schema version into state of the current one. */
  upgrade?(call: Call & { readonly version: number; readonly state: JsonValue }): Awaitable<PartialState<S>>;
  /** Turns state of another resource type into state of this one (`moved` blocks); returns nothing if it cannot. */
  move?(
    call: Call & {
      /** Such as `registry.terraform.io/hashicorp/null`. */
      readonly sourceProvider: string;
      readonly sourceType: string;
      readonly sourceVersion: number;
      readonly state: JsonValue;
      readonly privateState: PrivateState;
    },
  ): Awaitable<PartialState<S> | undefined>;
}

/** The functions that implement a data source. */
export interface DataSourceHooks<S extends Schema, Client> {
  validate?(call: Call & { readonly config: Config<S> }): Awaitable<void>;
  read(call: ClientCall<Client> & { readonly config: KnownConfig<S> }): Awaitable<State<S>>;
}

/**
 * The identity of a resource (Terraform 1.12): a string that the service gives an object and never changes. An import takes it in place
 * of an ID.
 */
export interface Identity {
  /** Its name in the identity, such as `uuid`. */
  readonly name: string;
  /** The attribute of the state that has it. */
  readonly attribute: string;
  readonly description: string;
}

/** A resource; the value types of its schema are erased. */
export interface Resource<Client> {
  readonly schema: Schema;
  readonly hooks: ResourceHooks<Schema, Client>;
  readonly identity?: Identity | undefined;
}

/** A data source; the value types of its schema are erased. */
export interface DataSource<Client> {
  readonly schema: Schema;
  readonly hooks: DataSourceHooks<Schema, Client>;
}

/** A provider's address, configuration, resources, data sources and functions. */
export interface ProviderOptions<S extends Schema, Client> {
  /** The full address: `registry.terraform.io/<namespace>/<type>`. */
  readonly address: string;
  /** The schema of the `provider` block. */
  readonly schema: S;
  validate?(call: Call & { readonly config: Config<S> }): Awaitable<void>;
  /** Makes the client that every hook gets. While Terraform plans, configured values may be unknown. */
  configure(call: Call & { readonly config: Config<S>; readonly terraformVersion: string }): Awaitable<Client>;
  readonly resources?: { readonly [type: string]: Resource<Client> };
  readonly dataSources?: { readonly [type: string]: DataSource<Client> };
  /** By the name after `provider::<provider>::`. Terraform has functions since 1.8, and earlier ones ignore them. */
  readonly functions?: { readonly [name: string]: ProviderFunction };
  /** Turns an error that a hook threw into one for the user; returns nothing for an error that it does not know. */
  explain?(error: unknown): ProviderError | undefined;
}

/** The provider's type, such as `null`: the last part of its address. */
export function providerName(address: string): string {
  return address.split("/").at(-1) ?? address;
}

/** A provider; the value types of its schemas are erased. */
export interface Provider {
  readonly options: ProviderOptions<Schema, unknown>;
}

/**
 * The functions that make a provider, its resources and its data sources, typed by the client that `configure` returns.
 *
 * @example const { provider, resource, dataSource } = pluginFor<IronicClient>();
 */
export function pluginFor<Client>() {
  // The casts erase the value types of a schema: from here on, the codec guarantees them.
  return {
    resource: <S extends Schema>(
      schema: S,
      hooks: ResourceHooks<S, Client>,
      options: { readonly identity?: Identity } = {},
    ): Resource<Client> => ({
      schema,
      hooks: hooks as unknown as ResourceHooks<Schema, Client>,
      ...options,
    }),
    dataSource: <S extends Schema>(schema: S, hooks: DataSourceHooks<S, Client>): DataSource<Client> => ({
      schema,
      hooks: hooks as unknown as DataSourceHooks<Schema, Client>,
    }),
    provider: <S extends Schema>(options: ProviderOptions<S, Client>): Provider => ({
      options: options as unknown as ProviderOptions<Schema, unknown>,
    }),
  };
}
