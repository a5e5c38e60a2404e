import { IronicOciError } from "../net";
import type { RefusalReason } from "./refusals";

/** The subject of an error. Everything in it may be printed. */
export interface IronicRequestContext {
  readonly method: string;
  /** Path below the API's root, without query. */
  readonly path: string;
}

/**
 * Base of the errors of requests to OpenStack's APIs. The service's own message is passed on, request bodies never.
 */
export abstract class IronicError extends IronicOciError {}

/** Ironic refused the request. `fault` is its own `faultstring`. */
export class IronicApiError extends IronicError {
  readonly code: string = "IRONIC_REFUSED";

  /** @param detail what this client knows of the cause, in one clause */
  constructor(
    readonly context: IronicRequestContext,
    readonly status: number,
    readonly fault: string,
    hint?: string,
    detail?: string,
    readonly reason: RefusalReason = "other",
  ) {
    const { method, path } = context;
    super(`${method} ${path}: ${fault} (Ironic answered ${status})${detail === undefined ? "" : `; ${detail}`}`, {
      hint,
    });
  }
}

/** No such node, port, allocation or driver. */
export class NotFoundError extends IronicApiError {
  override readonly code = "IRONIC_NOT_FOUND";
}

/** A name, address or UUID that is in use, or a state that does not allow the request. */
export class ConflictError extends IronicApiError {
  override readonly code = "IRONIC_CONFLICT";
}

/** A conductor worked on the node at every attempt. */
export class NodeLockedError extends IronicApiError {
  override readonly code = "IRONIC_NODE_LOCKED";
}

/** Ironic's policy does not allow the request to these credentials, or the node is protected from it. */
export class ForbiddenError extends IronicApiError {
  override readonly code = "IRONIC_FORBIDDEN";
}

/** The credentials were refused. */
export class UnauthorizedError extends IronicApiError {
  override readonly code = "IRONIC_UNAUTHORIZED";
}

/** The API does not speak the microversion that was asked for, or that a request needs. */
export class MicroversionError extends IronicError {
  readonly code = "IRONIC_MICROVERSION";

  /** @param neededBy the request that can't do with less; by default it was the user's choice */
  constructor(asked: string, minimum: string, maximum: string, neededBy?: IronicRequestContext) {
    const range = `this Ironic speaks ${minimum} to ${maximum}`;
    if (neededBy) {
      const { method, path } = neededBy;
      super(`${method} ${path} needs API microversion ${asked}, which this Ironic does not speak`, {
        hint: `${range}: it is too old for this`,
      });
      return;
    }
    super(`Ironic does not speak API microversion ${asked}`, {
      hint: `${range}: choose one of those, or leave it out to have it negotiated`,
    });
  }
}

/** A microversion that a client needs, and a noun phrase for what. */
export interface MicroversionNeed {
  readonly microversion: string;
  readonly purpose: string;
}

/** The microversion is older than the client needs: the one that was chosen, or the newest that Ironic speaks. */
export class MicroversionTooOldError extends IronicError {
  readonly code = "IRONIC_MICROVERSION_TOO_OLD";

  /** @param maximum the newest that Ironic speaks */
  constructor(
    readonly microversion: string,
    readonly needed: MicroversionNeed,
    maximum: string,
    isChosen: boolean,
  ) {
    const what = `API microversion ${needed.microversion} is needed for ${needed.purpose}`;
    super(isChosen ? `${what}, and ${microversion} was chosen` : `${what}, and this Ironic speaks up to ${maximum}`, {
      hint: isChosen
        ? `choose ${needed.microversion} or newer, or leave it out to have it negotiated; this Ironic speaks up to ${maximum}`
        : "it is too old",
    });
  }
}

/** No response: connection refused or reset, TLS refused, time used up, or a 5xx to every attempt. */
export class IronicUnavailableError extends IronicError {
  readonly code = "IRONIC_UNAVAILABLE";
  /** Whether the request may have been carried out all the same. */
  readonly maybeDone: boolean;

  constructor(message: string, options: ConstructorParameters<typeof IronicError>[1] & { maybeDone?: boolean } = {}) {
    super(message, options);
    this.maybeDone = options.maybeDone ?? false;
  }
}

/** A response that Ironic never sends: probably something else answers at this URL. */
export class UnexpectedAnswerError extends IronicError {
  readonly code = "IRONIC_UNEXPECTED_ANSWER";
}

/** The settings, in variables, clouds.yaml or arguments, are incomplete or can't be used. */
export class SettingsError extends IronicError {
  readonly code = "IRONIC_SETTINGS";
}

/** A name that can't be put into a URL. Nothing was sent. */
export class InvalidIdentifierError extends IronicError {
  readonly code = "IRONIC_INVALID_IDENTIFIER";

  constructor(readonly identifier: string) {
    super(`"${identifier}" can't name a node, port or allocation in a request: it would become another path`, {
      hint: identifier === "" ? "give a UUID or a name" : "give the UUID, or rename it by its UUID",
    });
  }
}

/** Keystone refused, or its catalog has no bare-metal API. */
export class KeystoneError extends IronicError {
  readonly code = "KEYSTONE";
}

/** A node is in a failed state, or in one from which the wanted state can't be reached. */
export class ProvisionError extends IronicError {
  readonly code = "IRONIC_PROVISION_FAILED";

  constructor(
    /** The node's name or UUID. */
    readonly node: string,
    readonly state: string,
    /** Ironic's `last_error`. */
    readonly lastError: string | undefined,
    wanted: string,
  ) {
    super(`node ${node} is in state "${state}" on its way to "${wanted}"${lastError ? `: ${lastError}` : ""}`, {
      hint: "see the node's last_error and the conductor's log; once the cause is gone, apply again",
    });
  }
}
