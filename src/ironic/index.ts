/**
 * Ironic's API (the Bare Metal service of OpenStack), as far as declaring machines needs it.
 *
 * A *node* is a machine: a driver and its `driver_info` (where the machine's management controller is, and its credentials),
 * `properties`, interfaces, and for a deployment `instance_info` (the image). A *port* is one of its network cards, by MAC address;
 * an *allocation* is a request for any node of a resource class. Nodes go through a *state machine*: `enroll` → `manageable` →
 * `available` → `active`; a verb such as `provide` starts a transition, which takes seconds to hours, and ends in the next state or
 * in a failed one with `last_error`. A conductor *locks* a node while it works on it; requests then get 409, and are retried.
 *
 * Every request names a *microversion*, `1.1` to `1.96` and beyond: it decides which fields and verbs there are. Changes of an
 * object are JSON patches (patch.ts); secrets in a response are masked as `******`.
 *
 * Access is open (`noauth`), or needs a user and password (`http_basic`), or a token of *Keystone*: that gives one for credentials
 * and a scope, and with it a *service catalog* with the API's URL in each region (keystone.ts). The user's settings come from
 * variables or clouds.yaml (cloud-settings/).
 *
 * A call goes, from top to bottom:
 *
 * - client.ts: the endpoint, the microversion that it needs, and the response checked against its shape (responses.ts). Lists are
 *   read page by page (pages.ts). Waiting for nodes is shared by all callers (watcher.ts);
 * - http.ts: authorization, and which failures are retried for which requests: only idempotent ones after a lost connection;
 * - src/net: one attempt, with the certificates of tls.ts.
 */
export { httpBasic, type IronicAuth, noAuth } from "./auth";
export { hasFeature, IronicClient, type IronicClientOptions } from "./client";
export { type CloudSettings, fromEnvironment } from "./cloud-settings";
export {
  ConflictError,
  ForbiddenError,
  InvalidIdentifierError,
  IronicApiError,
  IronicError,
  IronicUnavailableError,
  KeystoneError,
  MicroversionError,
  type MicroversionNeed,
  MicroversionTooOldError,
  NodeLockedError,
  NotFoundError,
  ProvisionError,
  SettingsError,
  UnauthorizedError,
  UnexpectedAnswerError,
} from "./errors";
export { type KeystoneSettings, keystone } from "./keystone";
export { compareVersions, negotiate, readVersions } from "./microversion";
export { diff, type Json, type JsonObject, MASK, type PatchOperation } from "./patch";
export type { CallOptions, MoveOptions, ProvisionOptions, WaitOptions } from "./provisioning";
export {
  isBefore,
  isBeingDeployed,
  isBusy,
  isDeployed,
  isDeploymentUnfinished,
  isFailed,
  isInspecting,
  nextStep,
  type ProvisionVerb,
  type StableState,
  undeployedGoal,
  verbToCancel,
} from "./states";
export type { IronicAllocation, IronicInventory, IronicNode, IronicPort, IronicPortGroup, NodeState } from "./types";
