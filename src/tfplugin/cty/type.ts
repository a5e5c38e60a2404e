import { MAX_DEPTH, ValueError } from "./error";

/** A Terraform type at run time: every type that the JSON notation can name. */
export type CtyType =
  | { readonly kind: "string" | "bool" }
  | {
      readonly kind: "dynamic";
      /** Only lists; to Terraform it is a value of any type. For generated code. */
      readonly list?: boolean;
    }
  | {
      readonly kind: "number";
      /** Only whole numbers that a JavaScript number holds exactly; to Terraform it is a number like any other. */
      readonly integer?: boolean;
    }
  | { readonly kind: "list" | "set" | "map"; readonly element: CtyType }
  | { readonly kind: "object"; readonly attributes: { readonly [name: string]: CtyType } }
  | { readonly kind: "tuple"; readonly elements: readonly CtyType[] };

/** Terraform's JSON notation of a type: `"string"`, `["map","string"]`, `["object",{"a":"number"}]`, … */
export type TypeJson =
  | string
  | readonly [string, TypeJson | { readonly [name: string]: TypeJson } | readonly TypeJson[]];

/** A type in Terraform's JSON notation. */
export function typeToJson(type: CtyType): TypeJson {
  switch (type.kind) {
    case "list":
    case "set":
    case "map":
      return [type.kind, typeToJson(type.element)];
    case "object": {
      const entries = Object.entries(type.attributes).map(([name, t]) => [name, typeToJson(t)] as const);
      return ["object", Object.fromEntries(entries)];
    }
    case "tuple":
      return ["tuple", type.elements.map(typeToJson)];
    default:
      return type.kind;
  }
}

/**
 * Reads Terraform's JSON notation of a type, as `JSON.parse` returned it.
 *
 * @throws ValueError when it is not the notation of a type.
 */
export function typeFromJson(json: unknown, depth = 0): CtyType {
  if (depth > MAX_DEPTH) throw new ValueError([], "a type nested too deeply");
  if (typeof json === "string") {
    if (json === "string" || json === "bool" || json === "number" || json === "dynamic") return { kind: json };
    throw new ValueError([], "not the name of a primitive type");
  }
  if (!Array.isArray(json)) throw new ValueError([], "not a type");
  const [kind, argument, optional] = json as unknown[];
  if (json.length !== 2 && !(kind === "object" && json.length === 3 && Array.isArray(optional))) {
    throw new ValueError([], "not a type: two elements are required");
  }
  switch (kind) {
    case "list":
    case "set":
    case "map":
      return { kind, element: typeFromJson(argument, depth + 1) };
    case "tuple":
      if (!Array.isArray(argument)) break;
      return { kind, elements: argument.map((element) => typeFromJson(element, depth + 1)) };
    case "object": {
      if (typeof argument !== "object" || argument === null || Array.isArray(argument)) break;
      const entries = Object.entries(argument).map(([name, t]) => [name, typeFromJson(t, depth + 1)] as const);
      return { kind, attributes: Object.fromEntries(entries) };
    }
  }
  throw new ValueError([], "not a type");
}

/** Whether `dynamic` occurs anywhere in a type. */
export function hasDynamic(type: CtyType): boolean {
  switch (type.kind) {
    case "dynamic":
      return true;
    case "list":
    case "set":
    case "map":
      return hasDynamic(type.element);
    case "object":
      return Object.values(type.attributes).some(hasDynamic);
    case "tuple":
      return type.elements.some(hasDynamic);
    default:
      return false;
  }
}
