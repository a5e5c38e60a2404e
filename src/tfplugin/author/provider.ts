// What a provider's author writes: resources, data sources and the provider around them, typed from their schemas.
import type { JsonValue, Path } from "../cty";
import type { Config, KnownConfig, Partially, Plan, Planned, Schema, State, Stored } from "../schema";
import type { Diagnostics, ProviderError } from "./diagnostics";
import type { Logger } from "./log";
import type { PrivateState } from "./private-state";

type Awaitable<T> = T | Promise<T>;

/** What every hook gets. */
export interface Call {
  /** Aborted when Terraform is interrupted: stop soon, and throw `signal.reason` or return what there is. */
  readonly signal: AbortSignal;
  /** Log lines; sensitive and write-only values are masked in them. */
  readonly log: Logger;
  /** Errors and warnings for the user, masked likewise. To end the hook with an error, throw a `ProviderError`. */
  readonly diagnostics: Diagnostics;
}

/** What hooks get that talk to the service. */
export interface ClientCall<Client> extends Call {
  /** What the provider's `configure` returned. */
  readonly client: Client;
}

/** What hooks of one resource get. */
export interface ResourceCall<Client> extends ClientCall<Client> {
  /** Facts kept with the resource's state. */
  readonly privateState: PrivateState;
}

/** What hooks get that change something. */
export interface ApplyCall<S extends Schema, Client> extends ResourceCall<Client> {
  /**
   * Records what exists so far. If the hook fails afterwards or is interrupted, this is what state will hold; without a
   * `save`, a failed `create` leaves nothing in state, and a failed `update` or `delete` leaves what was. Values still
   * unknown are saved as null.
   */
  save(state: Planned<S>): void;
}

/** A resource: a schema and what to do with it. */
export interface ResourceHooks<S extends Schema, Client> {
  /** Checks that need more than one attribute. Values may be unknown. */
  validate?(call: Call & { readonly config: Config<S> }): Awaitable<void>;
  /**
   * Completes the plan. `planned` is the plan the schema gives: return it changed, or nothing to leave it. Only computed
   * attributes may be changed. Not called for a destruction.
   */
  plan?(
    call: ResourceCall<Client> & {
      readonly config: Config<S>;
      /** Null when the resource is to be created. */
      readonly state: State<S> | null;
      readonly planned: Plan<S>;
      /** Adds a path whose change needs a new resource. */
      requireReplace(path: Path): void;
    },
  ): Awaitable<Plan<S> | undefined>;
  /** Creates what is planned and returns its state. */
  create(
    call: ApplyCall<S, Client> & { readonly config: KnownConfig<S>; readonly planned: Planned<S> },
  ): Awaitable<State<S>>;
  /** Returns the state as it is now, or null if the thing is gone. */
  read(call: ResourceCall<Client> & { readonly state: Stored<S> }): Awaitable<State<S> | null>;
  /** Changes in place. Without this function, every change replaces the resource. */
  update?(
    call: ApplyCall<S, Client> & {
      readonly config: KnownConfig<S>;
      readonly state: State<S>;
      readonly planned: Planned<S>;
    },
  ): Awaitable<State<S>>;
  /** Destroys it. That it is gone already is no error. */
  delete(call: ApplyCall<S, Client> & { readonly state: State<S> }): Awaitable<void>;
  /** Turns the ID of `terraform import` into a state that `read` can complete. Without it, import is refused. */
  import?(call: ResourceCall<Client> & { readonly id: string }): Awaitable<Partially<S>>;
  /** Turns state of an earlier schema version into state of this one. Called for earlier versions only. */
  upgrade?(call: Call & { readonly version: number; readonly state: JsonValue }): Awaitable<Partially<S>>;
  /** Turns state of another resource type into state of this one (`moved` blocks), or nothing if it cannot. */
  move?(
    call: Call & {
      /** Such as `registry.terraform.io/hashicorp/null`. */
      readonly sourceProvider: string;
      readonly sourceType: string;
      readonly sourceVersion: number;
      readonly state: JsonValue;
      readonly privateState: PrivateState;
    },
  ): Awaitable<Partially<S> | undefined>;
}

/** A data source: a schema and how to read it. */
export interface DataSourceHooks<S extends Schema, Client> {
  validate?(call: Call & { readonly config: Config<S> }): Awaitable<void>;
  read(call: ClientCall<Client> & { readonly config: KnownConfig<S> }): Awaitable<State<S>>;
}

/** A resource whose value types are known to its own hooks only. */
export interface Resource<Client> {
  readonly schema: Schema;
  readonly hooks: ResourceHooks<Schema, Client>;
}

/** A data source whose value types are known to its own hooks only. */
export interface DataSource<Client> {
  readonly schema: Schema;
  readonly hooks: DataSourceHooks<Schema, Client>;
}

/** A provider. */
export interface ProviderOptions<S extends Schema, Client> {
  /** The full address: `registry.terraform.io/<namespace>/<type>`. */
  readonly address: string;
  /** The schema of the `provider` block. */
  readonly schema: S;
  validate?(call: Call & { readonly config: Config<S> }): Awaitable<void>;
  /** Makes the client that every hook gets. While planning, values may be unknown. */
  configure(call: Call & { readonly config: Config<S>; readonly terraformVersion: string }): Awaitable<Client>;
  readonly resources?: { readonly [type: string]: Resource<Client> };
  readonly dataSources?: { readonly [type: string]: DataSource<Client> };
  /** Turns an error that a hook threw into one for users; nothing if it is not such an error. */
  explain?(error: unknown): ProviderError | undefined;
}

/** The provider's own name: the last part of its address. */
export function providerName(address: string): string {
  return address.split("/").at(-1) ?? address;
}

/** A provider whose value types are known to its own hooks only. */
export interface Provider {
  readonly options: ProviderOptions<Schema, unknown>;
}

/**
 * The functions with which a provider is written whose `configure` returns a `Client`.
 *
 * @example const { provider, resource, dataSource } = pluginFor<IronicClient>();
 */
export function pluginFor<Client>() {
  // The casts forget a schema's value types: from here on, values are what the codec says they are.
  return {
    resource: <S extends Schema>(schema: S, hooks: ResourceHooks<S, Client>): Resource<Client> => ({
      schema,
      hooks: hooks as unknown as ResourceHooks<Schema, Client>,
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
