// The service of the plugin protocol, from message to message: one handler a call. No network here.
import type { Logger } from "../author/log";
import type { Provider } from "../author/provider";
import type { Method, Request, Response } from "../proto/tfplugin6";
import type { Input } from "../proto/wire";
import { type CallHandler, CallRunner, type ServerOptions } from "./call";
import { applyResourceChange } from "./calls/apply";
import { configureProvider } from "./calls/configure";
import { readDataSource } from "./calls/data";
import { callFunction } from "./calls/function";
import { importResourceState } from "./calls/import";
import { moveResourceState } from "./calls/move";
import { planResourceChange } from "./calls/plan";
import { readResource } from "./calls/read";
import { getFunctions, getMetadata, getProviderSchema, getResourceIdentitySchemas } from "./calls/schema";
import { stopProvider } from "./calls/stop";
import { upgradeResourceIdentity, upgradeResourceState } from "./calls/upgrade";
import { validateDataResourceConfig, validateProviderConfig, validateResourceConfig } from "./calls/validate";

export type { ServerOptions } from "./call";

/** Every call of the service. They don't reject: errors are in the response. */
export type Handlers = { readonly [M in Method]: (request: Request<M>) => Promise<Input<Response<M>>> };

const HANDLERS: { readonly [M in Method]: CallHandler<M> } = {
  GetMetadata: getMetadata,
  GetProviderSchema: getProviderSchema,
  GetFunctions: getFunctions,
  CallFunction: callFunction,
  GetResourceIdentitySchemas: getResourceIdentitySchemas,
  ValidateProviderConfig: validateProviderConfig,
  ValidateResourceConfig: validateResourceConfig,
  ValidateDataResourceConfig: validateDataResourceConfig,
  ConfigureProvider: configureProvider,
  UpgradeResourceState: upgradeResourceState,
  UpgradeResourceIdentity: upgradeResourceIdentity,
  MoveResourceState: moveResourceState,
  ImportResourceState: importResourceState,
  ReadResource: readResource,
  PlanResourceChange: planResourceChange,
  ApplyResourceChange: applyResourceChange,
  ReadDataSource: readDataSource,
  StopProvider: stopProvider,
};

/** Serves one provider. */
export class ProviderServer {
  readonly handlers: Handlers;
  readonly #runner: CallRunner;

  constructor(provider: Provider, options: ServerOptions) {
    this.#runner = new CallRunner(provider, options);
    const bound = Object.entries(HANDLERS).map(([method, handle]) => [
      method,
      (request: never) => handle(this.#runner, request),
    ]);
    this.handlers = Object.fromEntries(bound) as Handlers;
  }

  get log(): Logger {
    return this.#runner.log;
  }

  /** Ends the call that an uncaught error came from, and not the process. */
  handleUncaught(error: unknown): void {
    this.#runner.handleUncaught(error);
  }

  /** Cancels the calls that are running, as `StopProvider` does. */
  stop(): void {
    this.#runner.stop();
  }

  /** Resolves once no call is running. */
  idle(): Promise<void> {
    return this.#runner.idle();
  }
}
