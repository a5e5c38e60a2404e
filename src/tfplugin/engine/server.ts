// The calls of the plugin protocol, from message to message. No network here.
import { setMaxListeners } from "node:events";
import { Diagnostics, ProviderError, printPath } from "../author/diagnostics";
import type { Level, Logger } from "../author/log";
import { PrivateState } from "../author/private-state";
import type { Call, DataSource, Provider, Resource } from "../author/provider";
import {
  type CtyType,
  decodeJson,
  decodeMsgpack,
  encodeMsgpack,
  isObject,
  type JsonValue,
  type Path,
  parseJson,
  type TfObject,
  type TfValue,
  ValueError,
} from "../cty";
import type { DiagnosticMessage, DynamicValue, Method, Request, Response } from "../proto/tfplugin6";
import type { Input } from "../proto/wire";

import type { FieldsSpec, SchemaSpec } from "../schema";
import { diagnosticToProto, pathToProto } from "./diagnostic-to-proto";
import { faultToDiagnostic, ResultError } from "./faults";
import { Guard } from "./guard";
import { createLogger } from "./logger";
import { complete, unknownAsNull, withoutWriteOnly } from "./objects";
import { planFromSchema, recomputed, replacedPaths, unknownPaths, unsetPaths } from "./plan";
import { Redactor } from "./redact";
import { schemaToProto } from "./schema-to-proto";
import { validateConfig } from "./validate";

/** Every call of the service. They don't reject: what goes wrong is in the response's diagnostics. */
export type Handlers = { readonly [M in Method]: (request: Request<M>) => Promise<Input<Response<M>>> };

/** How a provider is served. */
export interface ServerOptions {
  readonly logLevel: Level;
  /** Takes log lines, each with its line end. */
  readonly writeLog: (line: string) => void;
}

const CAPABILITIES = { planDestroy: false, getProviderSchemaOptional: true, moveResourceState: true };
const NO_FIELDS: FieldsSpec = { type: { kind: "object", attributes: {} }, attributes: {}, blocks: {} };

/** What one call needs beside its work. */
interface Scope {
  readonly rpc: Method;
  readonly doing: string;
  readonly typeName?: string;
  readonly fields: FieldsSpec;
}

/** Inside a call: what hooks get, and what knows the secrets. */
interface Running extends Call {
  readonly redactor: Redactor;
}

/** Serves one provider. */
export class ProviderServer {
  readonly #provider: Provider["options"];
  readonly #options: ServerOptions;
  readonly #guard = new Guard();
  #stop = stoppable();
  /** Every secret this process has seen. */
  readonly #allSecrets = new Redactor();
  /** Those of the provider's own configuration. */
  readonly #secrets = new Redactor({ whole: this.#allSecrets });
  #client: { readonly value: unknown } | undefined;
  readonly log: Logger;

  constructor(provider: Provider, options: ServerOptions) {
    this.#provider = provider.options;
    this.#options = options;
    this.log = this.#logger({});
  }

  readonly handlers: Handlers = {
    GetMetadata: async () => ({
      serverCapabilities: CAPABILITIES,
      resources: Object.keys(this.#resources).map((typeName) => ({ typeName })),
      dataSources: Object.keys(this.#dataSources).map((typeName) => ({ typeName })),
    }),

    GetProviderSchema: async () => ({
      serverCapabilities: CAPABILITIES,
      provider: schemaToProto(this.#provider.schema),
      resourceSchemas: schemasOf(this.#resources),
      dataSourceSchemas: schemasOf(this.#dataSources),
    }),

    // Neither functions nor resource identities are served; Terraform asks for both.
    GetFunctions: async () => ({}),
    GetResourceIdentitySchemas: async () => ({}),

    ValidateProviderConfig: async ({ config }) => {
      const { schema, validate } = this.#provider;
      const scope: Scope = { rpc: "ValidateProviderConfig", doing: "check its configuration", fields: schema };
      return this.#call(scope, async (call) => {
        const value = this.#object(schema, config, call);
        validateConfig(schema, value, call.diagnostics, { writeOnlyAllowed: true });
        if (!call.diagnostics.hasErrors) await validate?.({ ...call, config: value });
        return {};
      });
    },

    ValidateResourceConfig: async ({ typeName, config, clientCapabilities }) => {
      const scope = { rpc: "ValidateResourceConfig", doing: `check ${typeName}`, typeName } as const;
      return this.#resource(scope, async ({ schema, hooks }, call) => {
        const value = this.#object(schema, config, call);
        const writeOnlyAllowed = clientCapabilities?.writeOnlyAttributesAllowed ?? false;
        validateConfig(schema, value, call.diagnostics, { writeOnlyAllowed });
        if (!call.diagnostics.hasErrors) await hooks.validate?.({ ...call, config: value });
        return {};
      });
    },

    ValidateDataResourceConfig: async ({ typeName, config }) => {
      const scope = { rpc: "ValidateDataResourceConfig", doing: `check ${typeName}`, typeName } as const;
      return this.#dataSource(scope, async ({ schema, hooks }, call) => {
        const value = this.#object(schema, config, call);
        validateConfig(schema, value, call.diagnostics, { writeOnlyAllowed: true });
        if (!call.diagnostics.hasErrors) await hooks.validate?.({ ...call, config: value });
        return {};
      });
    },

    ConfigureProvider: async ({ config, terraformVersion }) => {
      const { schema, configure } = this.#provider;
      // A provider that Terraform reattaches to outlives the run that was interrupted.
      if (this.#stop.signal.aborted) this.#stop = stoppable();
      const scope: Scope = { rpc: "ConfigureProvider", doing: "configure itself", fields: schema };
      return this.#call(scope, async (call) => {
        const value = this.#object(schema, config, call);
        this.#secrets.learn(schema, value);
        this.#client = { value: await configure({ ...call, config: value, terraformVersion }) };
        return {};
      });
    },

    UpgradeResourceState: async ({ typeName, version, rawState }) => {
      const scope = { rpc: "UpgradeResourceState", doing: `read the state of ${typeName}`, typeName } as const;
      return this.#resource(scope, async ({ schema, hooks }, call) => {
        const text = jsonText(rawState);
        if (text === undefined) {
          call.diagnostics.error("State too old", { detail: "State of Terraform 0.11 and earlier cannot be read." });
          return {};
        }
        const raw = parseJson(text);
        if (raw === null) return { upgradedState: write(schema.type, null) };
        learnRaw(schema, raw, call);
        let state: TfObject;
        if (version === schema.version) {
          state = asObject(decodeJson(schema.type, text, { lenient: true }));
        } else if (hooks.upgrade !== undefined && version < schema.version) {
          state = asResult(await hooks.upgrade({ ...call, version, state: raw }));
        } else {
          call.diagnostics.error("State of another schema version", {
            detail: `The state of ${typeName} has schema version ${version}, and this provider reads version ${schema.version}.`,
          });
          return {};
        }
        return { upgradedState: this.#partial(schema, state, call) };
      });
    },

    MoveResourceState: async (request) => {
      const { targetTypeName: typeName, sourceTypeName: sourceType, sourceProviderAddress: sourceProvider } = request;
      const scope = { rpc: "MoveResourceState", doing: `move ${sourceType} to ${typeName}`, typeName } as const;
      return this.#resource(scope, async ({ schema, hooks }, call) => {
        const privateState = new PrivateState(request.sourcePrivate);
        const text = jsonText(request.sourceState);
        const raw = text === undefined ? null : parseJson(text);
        learnRaw(schema, raw, call);
        const state =
          raw === null
            ? undefined
            : await hooks.move?.({
                ...call,
                sourceProvider,
                sourceType,
                sourceVersion: request.sourceSchemaVersion,
                state: raw,
                privateState,
              });
        if (state === undefined) {
          call.diagnostics.error("Move not supported", {
            detail: `A ${sourceType} of the provider ${sourceProvider} cannot become a ${typeName}.`,
          });
          return {};
        }
        const targetState = this.#partial(schema, asResult(state), call);
        return { targetState, targetPrivate: privateState.bytes() };
      });
    },

    ImportResourceState: async ({ typeName, id }) => {
      const scope = { rpc: "ImportResourceState", doing: `import ${typeName}`, typeName } as const;
      return this.#resource(scope, async ({ schema, hooks }, call) => {
        if (hooks.import === undefined) {
          call.diagnostics.error("Import not supported", {
            detail: `Resources of type ${typeName} cannot be imported.`,
          });
          return {};
        }
        const privateState = new PrivateState();
        const imported = await hooks.import({ ...call, client: this.#requireClient(), privateState, id });
        const state = this.#partial(schema, asResult(imported), call);
        return { importedResources: [{ typeName, state, private: privateState.bytes() }] };
      });
    },

    ReadResource: async ({ typeName, currentState, private: stored }) => {
      const scope = { rpc: "ReadResource", doing: `read ${typeName}`, typeName } as const;
      const unchanged = { newState: currentState, private: stored };
      return this.#resource(
        scope,
        async ({ schema, hooks }, call) => {
          const state = this.#objectOrNull(schema, currentState, call);
          if (state === null || !requireSet(schema, state, call.diagnostics)) return unchanged;
          const privateState = new PrivateState(stored);
          const now = await hooks.read({ ...call, client: this.#requireClient(), privateState, state });
          if (now === null) return { newState: write(schema.type, null) };
          return { newState: this.#result(schema, asResult(now), call), private: privateState.bytes() };
        },
        () => unchanged,
      );
    },

    PlanResourceChange: async (request) => {
      const { typeName } = request;
      const scope = { rpc: "PlanResourceChange", doing: `plan ${typeName}`, typeName } as const;
      return this.#resource(scope, async (resource, call) => this.#plan(resource, request, call));
    },

    ApplyResourceChange: async (request) => {
      const { typeName } = request;
      const scope = { rpc: "ApplyResourceChange", doing: applying(request), typeName } as const;
      // Whatever happens, the response says what state is to hold.
      const outcome: Outcome = { state: request.priorState, privateState: new PrivateState(request.plannedPrivate) };
      return this.#resource(
        scope,
        async (resource, call) => {
          await this.#apply(resource, request, call, outcome);
          return { newState: outcome.state, private: outcome.privateState.bytes() };
        },
        () => ({ newState: outcome.state, private: outcome.privateState.bytes() }),
      );
    },

    ReadDataSource: async ({ typeName, config }) => {
      const scope = { rpc: "ReadDataSource", doing: `read ${typeName}`, typeName } as const;
      return this.#dataSource(scope, async ({ schema, hooks }, call) => {
        const value = this.#object(schema, config, call);
        const state = await hooks.read({ ...call, client: this.#requireClient(), config: value });
        return { state: this.#result(schema, asResult(state), call) };
      });
    },

    StopProvider: async () => {
      this.#stop.abort();
      return {};
    },
  };

  /** An error that nobody caught: ends the call it came from, not the process. */
  crash(error: unknown): void {
    if (!this.#guard.crash(error)) this.log.error("uncaught error", { error });
  }

  /** Cancels what is running, as `StopProvider` does. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves once no call is running. */
  idle(): Promise<void> {
    return this.#guard.idle();
  }

  async #plan(
    { schema, hooks }: Resource<unknown>,
    request: Request<"PlanResourceChange">,
    call: Running,
  ): Promise<Input<Response<"PlanResourceChange">>> {
    const prior = this.#objectOrNull(schema, request.priorState, call);
    const proposed = this.#objectOrNull(schema, request.proposedNewState, call);
    if (proposed === null) return { plannedState: write(schema.type, null), plannedPrivate: request.priorPrivate };
    const config = this.#object(schema, request.config, call);
    const privateState = new PrivateState(request.priorPrivate);
    const asked: Path[] = [];
    let planned = planFromSchema(schema, { prior, config, proposed });
    const completed = await hooks.plan?.({
      ...call,
      client: this.#requireClient(),
      privateState,
      config,
      state: prior,
      planned,
      requireReplace: (path) => void asked.push([...path]),
    });
    if (completed !== undefined) planned = withoutWriteOnly(schema, checkMembers(schema, asResult(completed)));
    // Only now: the hook may have found that what looks like a change is none.
    planned = recomputed(schema, { prior, config }, planned);
    call.redactor.learn(schema, planned);
    const replaced =
      prior === null ? [] : replacedPaths(schema, prior, planned, hooks.update === undefined).concat(asked);
    return {
      plannedState: encodeResult(schema.type, planned),
      requiresReplace: replaced.map((path) => pathToProto(path, schema.type)),
      plannedPrivate: privateState.bytes(),
    };
  }

  async #apply(
    { schema, hooks }: Resource<unknown>,
    request: Request<"ApplyResourceChange">,
    call: Running,
    outcome: Outcome,
  ): Promise<void> {
    const prior = this.#objectOrNull(schema, request.priorState, call);
    const planned = this.#objectOrNull(schema, request.plannedState, call);
    const config = this.#objectOrNull(schema, request.config, call);
    call.signal.throwIfAborted();
    // A create whose result was unfit left a state without what would lead to the thing.
    if (prior !== null && !requireSet(schema, prior, call.diagnostics)) return;
    const common = {
      ...call,
      client: this.#requireClient(),
      privateState: outcome.privateState,
      save: (state: unknown) => {
        const known = unknownAsNull(withoutWriteOnly(schema, checkMembers(schema, asResult(state))));
        call.redactor.learn(schema, asObject(known));
        outcome.state = encodeResult(schema.type, known);
      },
    };
    if (planned === null) {
      if (prior !== null) await hooks.delete({ ...common, state: prior });
      // An error that was reported and not thrown: it still exists.
      if (!call.diagnostics.hasErrors) outcome.state = write(schema.type, null);
      return;
    }
    const state =
      prior === null
        ? await hooks.create({ ...common, config, planned })
        : await hooks.update?.({ ...common, config, state: prior, planned });
    // Should the result be unfit for state, then at least what was planned is not lost.
    if (prior === null && isNull(outcome.state)) {
      outcome.state = write(schema.type, unknownAsNull(withoutWriteOnly(schema, planned)));
    }
    outcome.state = this.#result(schema, asResult(state), call);
  }

  get #resources(): { readonly [type: string]: Resource<unknown> } {
    return this.#provider.resources ?? {};
  }

  get #dataSources(): { readonly [type: string]: DataSource<unknown> } {
    return this.#provider.dataSources ?? {};
  }

  #resource<R extends object>(
    scope: Omit<Scope, "fields"> & { readonly typeName: string },
    work: (resource: Resource<unknown>, call: Running) => Promise<R>,
    failed?: () => R,
  ): Promise<R & { diagnostics: DiagnosticMessage[] }> {
    return this.#typed(this.#resources, scope, "resource type", work, failed);
  }

  #dataSource<R extends object>(
    scope: Omit<Scope, "fields"> & { readonly typeName: string },
    work: (source: DataSource<unknown>, call: Running) => Promise<R>,
  ): Promise<R & { diagnostics: DiagnosticMessage[] }> {
    return this.#typed(this.#dataSources, scope, "data source", work);
  }

  #typed<T extends { readonly schema: SchemaSpec }, R extends object>(
    all: { readonly [type: string]: T },
    scope: Omit<Scope, "fields"> & { readonly typeName: string },
    kind: string,
    work: (item: T, call: Running) => Promise<R>,
    failed?: () => R,
  ): Promise<R & { diagnostics: DiagnosticMessage[] }> {
    const item = Object.hasOwn(all, scope.typeName) ? all[scope.typeName] : undefined;
    return this.#call(
      { ...scope, fields: item?.schema ?? NO_FIELDS },
      async (call) => {
        if (item !== undefined) return work(item, call);
        throw new ProviderError(`Unknown ${kind}`, { detail: `This provider has no ${kind} ${scope.typeName}.` });
      },
      failed,
    );
  }

  /** Runs the work of a call; what is thrown becomes a diagnostic, and `failed` the rest of the response. */
  async #call<R extends object>(
    { rpc, doing, typeName, fields }: Scope,
    work: (call: Running) => Promise<R>,
    failed: () => R = () => ({}) as R,
  ): Promise<R & { diagnostics: DiagnosticMessage[] }> {
    const started = performance.now();
    const redactor = new Redactor({ base: this.#secrets, whole: this.#allSecrets });
    const stop = this.#stop.signal;
    const own = childOf(stop);
    const diagnostics = new Diagnostics();
    const log = this.#logger(typeName === undefined ? { tf_rpc: rpc } : { tf_rpc: rpc, tf_type: typeName });
    let response: R;
    try {
      response = await this.#guard.run(() => work({ signal: own.signal, log, diagnostics, redactor }));
    } catch (error) {
      const { explain } = this.#provider;
      const mask = (text: string) => this.#allSecrets.text(text);
      const fault = faultToDiagnostic(error, { doing, signal: stop, explain, mask });
      log.error(fault.summary, { error });
      diagnostics.add(fault);
      response = failed();
    } finally {
      own.end();
    }
    log.trace("served", { duration_ms: Math.round(performance.now() - started) });
    const told = diagnostics.all.map(({ severity, summary, detail, path }) =>
      diagnosticToProto(
        { severity, summary: redactor.text(summary), detail: redactor.text(detail), path },
        fields.type,
      ),
    );
    return { ...response, diagnostics: told };
  }

  #logger(fields: { readonly [name: string]: unknown }): Logger {
    const { logLevel: level, writeLog: write } = this.#options;
    const redact = this.#allSecrets;
    return createLogger({ module: `provider.${nameOf(this.#provider.address)}`, level, write, fields, redact });
  }

  #requireClient(): unknown {
    if (this.#client === undefined) throw new Error("the provider was not configured");
    return this.#client.value;
  }

  #objectOrNull(schema: SchemaSpec, value: DynamicValue | undefined, { redactor }: Running): TfObject | null {
    const decoded = read(schema.type, value);
    if (decoded === null) return null;
    const object = asObject(decoded);
    redactor.learn(schema, object);
    return object;
  }

  #object(schema: SchemaSpec, value: DynamicValue | undefined, call: Running): TfObject {
    const object = this.#objectOrNull(schema, value, call);
    if (object === null) throw new ValueError([], "a configuration is required");
    return object;
  }

  /** A complete and known state that a hook returned. */
  #result(schema: SchemaSpec, state: TfObject, { redactor, diagnostics }: Running): DynamicValue {
    const result = withoutWriteOnly(schema, checkMembers(schema, state));
    redactor.learn(schema, result);
    for (const path of unknownPaths(result)) {
      diagnostics.error("Provider left a value unknown", {
        path,
        detail: `After it was applied, "${printPath(path)}" is still unknown. This is a mistake in the provider.`,
      });
    }
    const known = unknownAsNull(result);
    const encoded = encodeResult(schema.type, known);
    if (!diagnostics.hasErrors) requireSet(schema, asObject(known), diagnostics);
    return encoded;
  }

  /** A state in which things may be missing. */
  #partial(schema: SchemaSpec, state: TfObject, { redactor, diagnostics }: Running): DynamicValue {
    const whole = withoutWriteOnly(schema, checkMembers(schema, complete(schema, state)));
    redactor.learn(schema, whole);
    const encoded = encodeResult(schema.type, whole);
    requireSet(schema, whole, diagnostics);
    return encoded;
  }
}

function stoppable(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // any number of calls at a time is no leak
  return controller;
}

/**
 * A signal of one call. It is aborted with the provider's, and when the call ends: an error beside a hook ends its call
 * while the hook itself still waits for something.
 */
function childOf(parent: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const controller = stoppable();
  const abort = () => controller.abort(parent.reason);
  if (parent.aborted) abort();
  else parent.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    end() {
      parent.removeEventListener("abort", abort);
      controller.abort();
    },
  };
}

/** What state is to hold after an apply, however it ends. */
interface Outcome {
  state: DynamicValue | undefined;
  readonly privateState: PrivateState;
}

/** The provider's own name: the last part of its address. */
export function nameOf(address: string): string {
  return address.split("/").at(-1) ?? address;
}

function applying({ typeName, priorState, plannedState }: Request<"ApplyResourceChange">): string {
  if (isNull(plannedState)) return `destroy ${typeName}`;
  return `${isNull(priorState) ? "create" : "update"} ${typeName}`;
}

function schemasOf(all: { readonly [type: string]: { readonly schema: SchemaSpec } }) {
  return Object.fromEntries(Object.entries(all).map(([type, { schema }]) => [type, schemaToProto(schema)]));
}

const NIL = 0xc0;
const NONE = Buffer.alloc(0);

function isNull(value: DynamicValue | undefined): boolean {
  if (value === undefined) return true;
  const { msgpack, json } = value;
  if (msgpack.length > 0) return msgpack.length === 1 && msgpack[0] === NIL;
  return json.length === 0 || Buffer.from(json).toString().trim() === "null";
}

function read(type: CtyType, value: DynamicValue | undefined): TfValue {
  if (value === undefined) return null;
  if (value.msgpack.length > 0) return decodeMsgpack(type, value.msgpack);
  return value.json.length > 0 ? decodeJson(type, Buffer.from(value.json).toString("utf8")) : null;
}

function write(type: CtyType, value: TfValue): DynamicValue {
  return { msgpack: encodeMsgpack(type, value), json: NONE };
}

/** Writes what a hook returned: that it does not fit is the provider's mistake and not the user's. */
function encodeResult(type: CtyType, value: TfValue): DynamicValue {
  try {
    return write(type, value);
  } catch (error) {
    if (error instanceof ValueError) throw new ResultError(error.path, error.message);
    throw error;
  }
}

function asObject(value: TfValue): TfObject {
  if (isObject(value)) return value;
  throw new ValueError([], "an object is required");
}

function asResult(value: unknown): TfObject {
  if (isObject(value)) return value;
  throw new ResultError([], "an object is required");
}

/** Walking an object by its schema would silently drop what the schema does not know. */
function checkMembers(fields: FieldsSpec, object: TfObject): TfObject {
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(fields.type.attributes, name))
      throw new ResultError([], `the schema has no attribute "${name}"`);
  }
  for (const name of Object.keys(fields.type.attributes)) {
    if (object[name] === undefined) throw new ResultError([name], "the attribute is missing: say null for no value");
  }
  return object;
}

function requireSet(fields: FieldsSpec, state: TfObject, diagnostics: Diagnostics): boolean {
  const unset = unsetPaths(fields, state);
  for (const path of unset) {
    diagnostics.error("Incomplete state", { path, detail: `"${printPath(path)}" is null, and it never should be.` });
  }
  return unset.length === 0;
}

/** State of another schema: what is secret by its name in this one was so in that one too. */
function learnRaw(schema: SchemaSpec, raw: JsonValue, { redactor }: Running): void {
  if (isObject(raw)) redactor.learn(schema, raw);
}

function jsonText(raw: { json: Uint8Array } | undefined): string | undefined {
  return raw === undefined || raw.json.length === 0 ? undefined : Buffer.from(raw.json).toString("utf8");
}
