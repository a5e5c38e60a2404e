/**
 * A client of Ironic's API (OpenStack's Bare Metal service): the part that declaring machines needs. Entry points: `IronicClient`;
 * `fromEnvironment` for settings, or `noAuth`, `httpBasic` and `keystone`; `diff` for patches. It imports src/net and src/text only.
 *
 * A *node* is a machine: a driver and its `driver_info` (where the machine's management controller is, and its credentials),
 * `properties`, interfaces, and for a deployment `instance_info` (the image). A *port* is one of its network cards, by MAC address;
 * an *allocation* is a request for any node of a resource class. Nodes have a *state machine* (states.ts): `enroll` → `manageable`
 * → `available` → `active`; a verb such as `provide` starts a transition, which takes seconds to hours, and ends in the next state
 * or in a failed one with `last_error`. A conductor *locks* a node while it works on it; requests then get 409, and are retried.
 *
 * Every request names a *microversion*, `1.1` to `1.96` and beyond: it determines the available fields and verbs. Changes of an
 * object are JSON patches (patch.ts); secrets in a response are masked as `******`.
 *
 * Access is open (`noauth`), or requires a user and password (`http_basic`), or a token of *Keystone*, which issues tokens for
 * credentials and a scope, together with a *service catalog* of the APIs' URLs in each region (keystone.ts). The user's settings
 * come from arguments, variables or clouds.yaml (access.ts, cloud-settings/).
 *
 * A call goes, from top to bottom:
 *
 * - client.ts: the endpoint, the microversion that it needs, and the response checked against its shape (responses.ts). Lists are
 *   read page by page (pages.ts). provisioning.ts waits for nodes; all waits share their polls (watcher.ts);
 * - http.ts: authorization, and which failures are retried for which requests: only idempotent ones after a lost connection;
 * - src/net: one attempt, with the certificates of tls.ts.
 */
export { type AccessArguments, AccessError, accessFrom } from "./access";
export { httpBasic, type IronicAuth, noAuth } from "./auth";
export { hasFeature, IronicClient, type IronicClientOptions, neededToProvision } from "./client";
export { type CloudSettings, fromEnvironment } from "./cloud-settings";
export { isInDoubt } from "./creation";
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
export { checkIdentifier, identifierFault } from "./identifier";
export { type KeystoneSettings, keystone } from "./keystone";
export { maintenanceAdvice } from "./maintenance";
export { compareVersions, negotiate, readVersions } from "./microversion";
export { isChild, type NodeFilters } from "./node-list";
export { diff, isJsonObject, type Json, type JsonObject, MASK, type PatchOperation, sameJson } from "./patch";
export type { CallOptions, MoveOptions, ProvisionOptions, WaitOptions } from "./provisioning";
export { isSecretField, learnSecrets } from "./secret-fields";
export {
  type Goal,
  isBefore,
  isBeingDeployed,
  isBusy,
  isDeployed,
  isDeploymentUnfinished,
  isFailed,
  isHeld,
  isInspecting,
  isRunningSteps,
  mayBeAdopted,
  nextStep,
  type ProvisionVerb,
  type StableState,
  undeployedGoal,
  verbToCancel,
} from "./states";
export { isFlowStep, sameSteps, stepInReport, stepName } from "./steps";
export type {
  BiosSetting,
  Facts,
  FirmwareComponent,
  IronicAllocation,
  IronicDeployTemplate,
  IronicInspectionRule,
  IronicInventory,
  IronicNode,
  IronicPort,
  IronicPortGroup,
  IronicRunbook,
  IronicVolumeConnector,
  IronicVolumeTarget,
  ListedNode,
  NodeEvent,
  NodeState,
} from "./types";
