export { httpBasic, type IronicAuth, noAuth } from "./auth";
export { hasFeature, IronicClient, type IronicClientOptions, type ProvisionOptions } from "./client";
export { type CloudSettings, fromEnvironment } from "./cloud-settings";
export {
  ConflictError,
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
export { isBusy, isFailed, nextStep, type ProvisionVerb, type RestingState } from "./states";
export type { IronicAllocation, IronicInventory, IronicNode, IronicPort, IronicPortGroup, NodeState } from "./types";
