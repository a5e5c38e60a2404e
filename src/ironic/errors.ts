import { IronicOciError } from "../net";
import type { RefusalReason } from "./refusals";

/** The request that an error is about. Everything in it may be printed. */
export interface IronicRequestContext {
  readonly method: string;
  /** Path below the API's root, without query. */
  readonly path: string;
}

/**
 * Base of the errors of this module. Messages quote the service's message, without the secrets of the request, and never a request
 * body.
 */
export abstract class IronicError extends IronicOciError {}

/** Ironic refused the request. `status` is the response's, `fault` its `faultstring`. */
export class IronicApiError extends IronicError {
  readonly code: string = "IRONIC_REFUSED";

  constructor(
    readonly context: IronicRequestContext,
    readonly status: number,
    readonly fault: string,
    hint?: string,
    readonly reason: RefusalReason = "other",
  ) {
    const { method, path } = context;
    super(`${method} ${path}: ${fault} (Ironic responded with ${status})`, { hint });
  }

  /** The same refusal with another hint. */
  withHint(hint: string | undefined): IronicApiError {
    return new IronicApiError(this.context, this.status, this.fault, hint, this.reason);
  }
}

/** 404: no such node, port, allocation or driver. */
export class NotFoundError extends IronicApiError {
  override readonly code = "IRONIC_NOT_FOUND";
}

/** 409: a name, address or UUID that is in use, or a state that does not allow the request. */
export class ConflictError extends IronicApiError {
  override readonly code = "IRONIC_CONFLICT";
}

/** 409 to every attempt: a conductor has locked the node, or works on it. */
export class NodeLockedError extends IronicApiError {
  override readonly code = "IRONIC_NODE_LOCKED";
}

/** 403: Ironic's policy does not allow the request to these credentials, or the node is protected from it. */
export class ForbiddenError extends IronicApiError {
  override readonly code = "IRONIC_FORBIDDEN";
}

/** 401: the credentials were refused. */
export class UnauthorizedError extends IronicApiError {
  override readonly code = "IRONIC_UNAUTHORIZED";
}

/** The API does not support the configured microversion, or the one that a request needs. */
export class MicroversionError extends IronicError {
  readonly code = "IRONIC_MICROVERSION";

  /** @param neededBy the request that needs this microversion; undefined: the user configured it */
  constructor(requested: string, minimum: string, maximum: string, neededBy?: IronicRequestContext) {
    const range = `this Ironic supports ${minimum} to ${maximum}`;
    if (neededBy) {
      const { method, path } = neededBy;
      super(`${method} ${path} needs API microversion ${requested}, which this Ironic does not support`, {
        hint: `${range}: it is too old for this`,
      });
      return;
    }
    super(`Ironic does not support API microversion ${requested}`, {
      hint: `${range}: choose one of these, or leave it out to have it negotiated`,
    });
  }
}

/** A microversion that a caller needs, and the purpose as a noun phrase for the error. */
export interface MicroversionNeed {
  /** The lowest microversion: `1.34`. */
  readonly microversion: string;
  /** Completes "is needed for": `the physical networks of ports`. */
  readonly purpose: string;
}

/** The microversion is older than the caller needs: the configured one, or the newest that Ironic supports. */
export class MicroversionTooOldError extends IronicError {
  readonly code = "IRONIC_MICROVERSION_TOO_OLD";

  /** @param maximum the newest that Ironic supports */
  constructor(
    readonly microversion: string,
    readonly needed: MicroversionNeed,
    maximum: string,
    isChosen: boolean,
  ) {
    const what = `API microversion ${needed.microversion} is needed for ${needed.purpose}`;
    super(
      isChosen ? `${what}, and ${microversion} is configured` : `${what}, and this Ironic supports up to ${maximum}`,
      {
        hint: isChosen
          ? `choose ${needed.microversion} or newer, or leave it out to have it negotiated; this Ironic supports up to ${maximum}`
          : "it is too old",
      },
    );
  }
}

/** No response: connection refused or reset, TLS failed, deadline exceeded, or a proxy's refusal. */
export class IronicUnavailableError extends IronicError {
  readonly code = "IRONIC_UNAVAILABLE";
  /** Whether the request may have been carried out all the same. */
  readonly maybeDone: boolean;

  constructor(message: string, options: ConstructorParameters<typeof IronicError>[1] & { maybeDone?: boolean } = {}) {
    super(message, options);
    this.maybeDone = options.maybeDone ?? false;
  }
}

/** The hint for a response that Ironic never sends. */
export const CHECK_URL = "check the URL: another server than Ironic may be responding there";

/** A response that Ironic never sends: another server probably responds at this URL. */
export class UnexpectedAnswerError extends IronicError {
  readonly code = "IRONIC_UNEXPECTED_ANSWER";
}

/** The settings, in variables, clouds.yaml or arguments, are incomplete or can't be used. */
export class SettingsError extends IronicError {
  readonly code = "IRONIC_SETTINGS";
}

/** A name that no object can have, or that would change a URL's path, such as `..`. Nothing was sent. */
export class InvalidIdentifierError extends IronicError {
  readonly code = "IRONIC_INVALID_IDENTIFIER";

  /** @param fault a clause that follows the identifier */
  constructor(
    readonly identifier: string,
    fault: string,
  ) {
    super(`"${identifier}" can't name a node, port, port group or allocation in a request: it ${fault}`, {
      hint: /^\.\.?$/.test(identifier) ? "give the UUID, or rename it by its UUID" : "give a UUID or a name",
    });
  }
}

/** Keystone refused, or its catalog has no bare-metal API. */
export class KeystoneError extends IronicError {
  readonly code = "KEYSTONE";
}

/** A transition ended in a failed state, or no verb leads from the node's state to the goal. */
export class ProvisionError extends IronicError {
  readonly code = "IRONIC_PROVISION_FAILED";

  constructor(
    /** The node's name or UUID. */
    readonly node: string,
    readonly state: string,
    /** Ironic's `last_error`, or the reason from the node's history. */
    readonly lastError: string | undefined,
    readonly goal: string,
    hint = "see the node's last_error and the conductor's log; once the cause is gone, apply again",
  ) {
    super(`node ${node} is in state "${state}" on its way to "${goal}"${lastError ? `: ${lastError}` : ""}`, { hint });
  }

  /** The same error with a reason, and with a hint instead of the general one. */
  with(lastError: string | undefined, hint: string | undefined): ProvisionError {
    return new ProvisionError(this.node, this.state, lastError, this.goal, hint);
  }
}
