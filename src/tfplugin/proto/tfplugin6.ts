// Version 6 of Terraform's plugin protocol, as far as this module serves it. Field numbers and meanings are those of
// docs/plugin-protocol/tfplugin6.proto in hashicorp/terraform. Fields that this module neither reads nor writes are left out:
// the encoding skips them.
import {
  bool,
  bytes,
  int,
  lazy,
  type Message,
  type MessageOf,
  mapOf,
  message,
  nested,
  optional,
  repeated,
  string,
} from "./wire";

/** A value of a type that both sides know: exactly one field is filled. */
export const DynamicValue = message({ msgpack: bytes(1), json: bytes(2) });
export type DynamicValue = MessageOf<typeof DynamicValue>;

/** One step into a value: exactly one field is present. */
export const PathStep = message({
  attributeName: optional(string(1)),
  elementKeyString: optional(string(2)),
  elementKeyInt: optional(int(3)),
});
export type PathStep = MessageOf<typeof PathStep>;

export const AttributePath = message({ steps: repeated(1, PathStep) });
export type AttributePath = MessageOf<typeof AttributePath>;

export const Severity = { error: 1, warning: 2 } as const;

export const Diagnostic = message({
  severity: int(1),
  summary: string(2),
  detail: string(3),
  attribute: nested(4, AttributePath),
});
export type DiagnosticMessage = MessageOf<typeof Diagnostic>;

/** Stored state. `flatmap`, the notation of Terraform 0.11, is left out: it is not supported. */
export const RawState = message({ json: bytes(1) });

export const StringKind = { plain: 0, markdown: 1 } as const;

/** Nesting modes of blocks; nested attributes use the first four. */
export const Nesting = { single: 1, list: 2, set: 3, map: 4, group: 5 } as const;

interface AttributeMessage {
  name: string;
  type: Uint8Array;
  nestedType: ObjectMessage | undefined;
  description: string;
  required: boolean;
  optional: boolean;
  computed: boolean;
  sensitive: boolean;
  descriptionKind: number;
  deprecated: boolean;
  writeOnly: boolean;
  deprecationMessage: string;
}

interface ObjectMessage {
  attributes: AttributeMessage[];
  nesting: number;
}

interface BlockMessage {
  attributes: AttributeMessage[];
  blockTypes: NestedBlockMessage[];
  description: string;
  descriptionKind: number;
  deprecated: boolean;
  deprecationMessage: string;
}

interface NestedBlockMessage {
  typeName: string;
  block: BlockMessage | undefined;
  nesting: number;
  minItems: number;
  maxItems: number;
}

// Attributes contain objects of attributes, and blocks contain blocks: `lazy` closes the cycle.
const SchemaObject: Message<ObjectMessage> = message({
  attributes: repeated(
    1,
    lazy(() => Attribute),
  ),
  nesting: int(3),
});

const Attribute: Message<AttributeMessage> = message({
  name: string(1),
  type: bytes(2),
  nestedType: nested(10, SchemaObject),
  description: string(3),
  required: bool(4),
  optional: bool(5),
  computed: bool(6),
  sensitive: bool(7),
  descriptionKind: int(8),
  deprecated: bool(9),
  writeOnly: bool(11),
  deprecationMessage: string(12),
});
export type Attribute = AttributeMessage;

const Block: Message<BlockMessage> = message({
  attributes: repeated(2, Attribute),
  blockTypes: repeated(
    3,
    lazy(() => NestedBlock),
  ),
  description: string(4),
  descriptionKind: int(5),
  deprecated: bool(6),
  deprecationMessage: string(7),
});
export type Block = BlockMessage;

const NestedBlock: Message<NestedBlockMessage> = message({
  typeName: string(1),
  block: nested(2, Block),
  nesting: int(3),
  minItems: int(4),
  maxItems: int(5),
});

export const Schema = message({ version: int(1), block: nested(2, Block) });
export type SchemaMessage = MessageOf<typeof Schema>;

/** The identity of a resource, by its identity schema: Terraform 1.12 and later have it, beside the state. */
const ResourceIdentityData = message({ identityData: nested(1, DynamicValue) });
export type ResourceIdentityData = MessageOf<typeof ResourceIdentityData>;

const ResourceIdentitySchema = message({
  version: int(1),
  identityAttributes: repeated(
    2,
    message({
      name: string(1),
      type: bytes(2),
      requiredForImport: bool(3),
      optionalForImport: bool(4),
      description: string(5),
    }),
  ),
});
export type ResourceIdentitySchema = MessageOf<typeof ResourceIdentitySchema>;

export const ServerCapabilities = message({
  planDestroy: bool(1),
  getProviderSchemaOptional: bool(2),
  moveResourceState: bool(3),
});

export const ClientCapabilities = message({ deferralAllowed: bool(1), writeOnlyAttributesAllowed: bool(2) });

const Parameter = message({
  name: string(1),
  type: bytes(2),
  allowNullValue: bool(3),
  allowUnknownValues: bool(4),
  description: string(5),
  descriptionKind: int(6),
});

const FunctionDeclaration = message({
  parameters: repeated(1, Parameter),
  return: nested(3, message({ type: bytes(1) })),
  summary: string(4),
  description: string(5),
  descriptionKind: int(6),
});
export type FunctionMessage = MessageOf<typeof FunctionDeclaration>;

/** `functionArgument` is the index of the argument that the error is about, if it is about one. */
const FunctionError = message({ text: string(1), functionArgument: optional(int(2)) });
export type FunctionError = MessageOf<typeof FunctionError>;

const Empty = message({});
const Name = message({ name: string(1) });
const TypeName = message({ typeName: string(1) });
const diagnostics = (number: number) => repeated(number, Diagnostic);
const value = (number: number) => nested(number, DynamicValue);
const identity = (number: number) => nested(number, ResourceIdentityData);

/** A call: its request and its response. */
const call = <Q, A>(request: Q, response: A) => ({ request, response });

/** The service `tfplugin6.Provider`: every call of Terraform 1.11, and those of later releases that may stay empty. */
export const Provider = {
  GetMetadata: call(
    Empty,
    message({
      serverCapabilities: nested(1, ServerCapabilities),
      diagnostics: diagnostics(2),
      dataSources: repeated(3, TypeName),
      resources: repeated(4, TypeName),
      functions: repeated(5, Name),
    }),
  ),
  GetProviderSchema: call(
    Empty,
    message({
      provider: nested(1, Schema),
      resourceSchemas: mapOf(2, Schema),
      dataSourceSchemas: mapOf(3, Schema),
      diagnostics: diagnostics(4),
      serverCapabilities: nested(6, ServerCapabilities),
      functions: mapOf(7, FunctionDeclaration),
    }),
  ),
  GetResourceIdentitySchemas: call(
    Empty,
    message({ identitySchemas: mapOf(1, ResourceIdentitySchema), diagnostics: diagnostics(2) }),
  ),
  GetFunctions: call(Empty, message({ functions: mapOf(1, FunctionDeclaration), diagnostics: diagnostics(2) })),
  CallFunction: call(
    message({ name: string(1), arguments: repeated(2, DynamicValue) }),
    message({ result: value(1), error: nested(2, FunctionError) }),
  ),
  ValidateProviderConfig: call(message({ config: value(1) }), message({ diagnostics: diagnostics(2) })),
  ValidateResourceConfig: call(
    message({ typeName: string(1), config: value(2), clientCapabilities: nested(3, ClientCapabilities) }),
    message({ diagnostics: diagnostics(1) }),
  ),
  ValidateDataResourceConfig: call(
    message({ typeName: string(1), config: value(2) }),
    message({ diagnostics: diagnostics(1) }),
  ),
  ConfigureProvider: call(
    message({ terraformVersion: string(1), config: value(2) }),
    message({ diagnostics: diagnostics(1) }),
  ),
  UpgradeResourceState: call(
    message({ typeName: string(1), version: int(2), rawState: nested(3, RawState) }),
    message({ upgradedState: value(1), diagnostics: diagnostics(2) }),
  ),
  UpgradeResourceIdentity: call(
    message({ typeName: string(1), version: int(2), rawIdentity: nested(3, RawState) }),
    message({ upgradedIdentity: identity(1), diagnostics: diagnostics(2) }),
  ),
  ReadResource: call(
    message({ typeName: string(1), currentState: value(2), private: bytes(3) }),
    message({ newState: value(1), diagnostics: diagnostics(2), private: bytes(3), newIdentity: identity(5) }),
  ),
  PlanResourceChange: call(
    message({
      typeName: string(1),
      priorState: value(2),
      proposedNewState: value(3),
      config: value(4),
      priorPrivate: bytes(5),
    }),
    message({
      plannedState: value(1),
      requiresReplace: repeated(2, AttributePath),
      plannedPrivate: bytes(3),
      diagnostics: diagnostics(4),
      plannedIdentity: identity(7),
    }),
  ),
  ApplyResourceChange: call(
    message({
      typeName: string(1),
      priorState: value(2),
      plannedState: value(3),
      config: value(4),
      plannedPrivate: bytes(5),
    }),
    message({ newState: value(1), private: bytes(2), diagnostics: diagnostics(3), newIdentity: identity(5) }),
  ),
  ImportResourceState: call(
    message({ typeName: string(1), id: string(2), identity: identity(4) }),
    message({
      importedResources: repeated(
        1,
        message({ typeName: string(1), state: value(2), private: bytes(3), identity: identity(4) }),
      ),
      diagnostics: diagnostics(2),
    }),
  ),
  MoveResourceState: call(
    message({
      sourceProviderAddress: string(1),
      sourceTypeName: string(2),
      sourceSchemaVersion: int(3),
      sourceState: nested(4, RawState),
      targetTypeName: string(5),
      sourcePrivate: bytes(6),
    }),
    message({ targetState: value(1), diagnostics: diagnostics(2), targetPrivate: bytes(3) }),
  ),
  ReadDataSource: call(
    message({ typeName: string(1), config: value(2) }),
    message({ state: value(1), diagnostics: diagnostics(2) }),
  ),
  StopProvider: call(Empty, message({ error: string(1) })),
} as const;

/** The name of a call of the service. */
export type Method = keyof typeof Provider;
/** A call's request, decoded. */
export type Request<M extends Method> = MessageOf<(typeof Provider)[M]["request"]>;
/** A call's response, decoded. */
export type Response<M extends Method> = MessageOf<(typeof Provider)[M]["response"]>;
