// The part that all calls share: the signal, the log, the diagnostics and the redactor of one call, the configured client, and
// errors turned into diagnostics.
import { Diagnostics, ProviderError } from "../author/diagnostics";
import type { ProviderFunction } from "../author/function";
import type { Level, Logger } from "../author/log";
import { type Call, type DataSource, type Provider, providerName, type Resource } from "../author/provider";
import type { TfObject } from "../cty";
import type { DiagnosticMessage, Method, Request, Response } from "../proto/tfplugin6";
import type { Input } from "../proto/wire";
import type { FieldsSpec, SchemaSpec } from "../schema";
import { diagnosticToProto } from "./diagnostic-to-proto";
import { ErrorBoundary } from "./error-boundary";
import { faultToDiagnostic } from "./faults";
import { createLogger } from "./logger";
import { Redactor } from "./redact";
import { abortController, childSignal } from "./signals";

/** The log of a provider that is served. */
export interface ServerOptions {
  readonly logLevel: Level;
  /** Takes log lines, each with its line end. */
  readonly writeLog: (line: string) => void;
}

/** Handles one call of the service. It does not reject: errors are in the response. */
export type CallHandler<M extends Method> = (runner: CallRunner, request: Request<M>) => Promise<Input<Response<M>>>;

/** A call as its handler describes it. */
export interface CallOptions {
  readonly rpc: Method;
  /** The operation in words that complete "failed to …", such as `create null_resource`. */
  readonly operation: string;
  readonly typeName?: string;
  /** The schema by which paths in diagnostics are read. */
  readonly fields: Pick<FieldsSpec, "type">;
}

/** A call of a resource type or data source; its schema is looked up. */
export type TypedCallOptions = Omit<CallOptions, "fields"> & { readonly typeName: string };

/** The members of one call that hooks get, and the redactor that knows its secrets. */
export interface CallContext extends Call {
  readonly redactor: Redactor;
}

type WithDiagnostics<R> = R & { diagnostics: DiagnosticMessage[] };

const NO_FIELDS: CallOptions["fields"] = { type: { kind: "object", attributes: {} } };

/** Runs the calls of one provider. */
export class CallRunner {
  readonly provider: Provider["options"];
  readonly log: Logger;
  readonly #options: ServerOptions;
  readonly #boundary = new ErrorBoundary();
  #stop = abortController();
  /** Every secret that this process has seen. */
  readonly #allSecrets = new Redactor();
  /** The secrets of the provider's own configuration. */
  readonly #providerSecrets = new Redactor({ parent: this.#allSecrets });
  #client: { readonly value: unknown } | undefined;

  constructor({ options: provider }: Provider, options: ServerOptions) {
    this.provider = provider;
    this.#options = options;
    this.log = this.#logger({});
  }

  get resources(): { readonly [type: string]: Resource<unknown> } {
    return this.provider.resources ?? {};
  }

  get dataSources(): { readonly [type: string]: DataSource<unknown> } {
    return this.provider.dataSources ?? {};
  }

  get functions(): { readonly [name: string]: ProviderFunction } {
    return this.provider.functions ?? {};
  }

  /** The client that `configure` returned. */
  get client(): unknown {
    if (this.#client === undefined) throw new Error("the provider was not configured");
    return this.#client.value;
  }

  set client(value: unknown) {
    this.#client = { value };
  }

  /** Keeps the secrets of the provider's own configuration out of every later call's messages. */
  learnProviderSecrets(config: TfObject): void {
    this.#providerSecrets.learn(this.provider.schema, config);
  }

  /** Cancels every call that is running, and every later one until {@link restart}. */
  stop(): void {
    this.#stop.abort();
  }

  /** A provider that Terraform reattaches to outlives the run that was interrupted. */
  restart(): void {
    if (this.#stop.signal.aborted) this.#stop = abortController();
  }

  /** Ends the call that an uncaught error came from; one of no call is written to the log. */
  handleUncaught(error: unknown): void {
    if (!this.#boundary.handleUncaught(error)) this.log.error("uncaught error", { error });
  }

  /** Resolves once no call is running. */
  idle(): Promise<void> {
    return this.#boundary.idle();
  }

  /** Runs a call of a resource type. `failed` gives the response, its diagnostics aside, of a call that throws. */
  resource<R extends object>(
    options: TypedCallOptions,
    work: (resource: Resource<unknown>, call: CallContext) => Promise<R>,
    failed?: () => R,
  ): Promise<WithDiagnostics<R>> {
    return this.#typed(this.resources, options, "resource type", work, failed);
  }

  /** Runs a call of a data source. */
  dataSource<R extends object>(
    options: TypedCallOptions,
    work: (source: DataSource<unknown>, call: CallContext) => Promise<R>,
  ): Promise<WithDiagnostics<R>> {
    return this.#typed(this.dataSources, options, "data source", work);
  }

  /** Runs a call: a thrown error becomes a diagnostic, and `failed` gives the rest of the response. */
  async run<R extends object>(
    { rpc, operation, typeName, fields }: CallOptions,
    work: (call: CallContext) => Promise<R>,
    failed: () => R = () => ({}) as R,
  ): Promise<WithDiagnostics<R>> {
    const started = performance.now();
    const redactor = new Redactor({ base: this.#providerSecrets, parent: this.#allSecrets });
    const stop = this.#stop.signal;
    const own = childSignal(stop);
    const diagnostics = new Diagnostics();
    const log = this.#logger(typeName === undefined ? { tf_rpc: rpc } : { tf_rpc: rpc, tf_type: typeName });
    let response: R;
    try {
      response = await this.#boundary.run(() => work({ signal: own.signal, log, diagnostics, redactor }));
    } catch (error) {
      const { explain } = this.provider;
      const mask = (text: string) => this.#allSecrets.text(text);
      const fault = faultToDiagnostic(error, { operation, signal: stop, explain, mask });
      log.error(fault.summary, { error });
      diagnostics.add(fault);
      response = failed();
    } finally {
      own.end();
    }
    log.trace("served", { duration_ms: Math.round(performance.now() - started) });
    const masked = diagnostics.all.map(({ severity, summary, detail, path }) =>
      diagnosticToProto(
        { severity, summary: redactor.text(summary), detail: redactor.text(detail), path },
        fields.type,
      ),
    );
    return { ...response, diagnostics: masked };
  }

  #typed<T extends { readonly schema: SchemaSpec }, R extends object>(
    all: { readonly [type: string]: T },
    options: TypedCallOptions,
    kind: string,
    work: (item: T, call: CallContext) => Promise<R>,
    failed?: () => R,
  ): Promise<WithDiagnostics<R>> {
    const { typeName } = options;
    const item = Object.hasOwn(all, typeName) ? all[typeName] : undefined;
    return this.run(
      { ...options, fields: item?.schema ?? NO_FIELDS },
      async (call) => {
        if (item !== undefined) return work(item, call);
        throw new ProviderError(`Unknown ${kind}`, { detail: `This provider has no ${kind} ${typeName}.` });
      },
      failed,
    );
  }

  #logger(fields: { readonly [name: string]: unknown }): Logger {
    const { logLevel: level, writeLog: write } = this.#options;
    const redact = this.#allSecrets;
    return createLogger({ module: `provider.${providerName(this.provider.address)}`, level, write, fields, redact });
  }
}
