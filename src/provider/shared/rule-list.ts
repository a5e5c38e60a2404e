import type { Json, JsonObject } from "../../ironic";
import type { ObjectList } from "./object-list";

// Conditions and actions of inspection rules, by ironic.common.inspection_rules.

/** The arguments of an operation: the required ones, and the others. */
type Signature = readonly [required: readonly string[], optional?: readonly string[]];

const VALUE: Signature = [["value"]];
const VALUES: Signature = [["values"], ["force_strings"]];
const REGEX: Signature = [["value", "regex"]];

/** `OPERATORS`, the same in Ironic 29 and 39. */
const OPERATORS: Readonly<Record<string, Signature>> = {
  ...{ eq: VALUES, lt: VALUES, gt: VALUES },
  ...{ "is-empty": VALUE, "is-none": VALUE, "is-true": VALUE, "is-false": VALUE },
  ...{ "in-net": [["address", "subnet"]], matches: REGEX, contains: REGEX, "one-of": [["value"], ["values"]] },
};

/** `ACTIONS` of Ironic 39; `api-call` is newer than Ironic 29. */
const ACTIONS: Readonly<Record<string, Signature>> = {
  fail: [["msg"]],
  log: [["msg"], ["level"]],
  "set-attribute": [["path", "value"]],
  "extend-attribute": [["path", "value"], ["unique"]],
  "del-attribute": [["path"]],
  "set-capability": [["name", "value"]],
  "unset-capability": [["name"]],
  "add-trait": [["name"]],
  "remove-trait": [["name"]],
  "set-plugin-data": [["path", "value"]],
  "extend-plugin-data": [["path", "value"], ["unique"]],
  "unset-plugin-data": [["path"]],
  "set-port-attribute": [["port_id", "path", "value"]],
  "extend-port-attribute": [["port_id", "path", "value"], ["unique"]],
  "del-port-attribute": [["port_id", "path"]],
  "api-call": [["url"], ["headers", "proxies", "timeout", "retries", "backoff_factor"]],
};

const MULTIPLE = ["any", "all", "first", "last"];

export const CONDITIONS: ObjectList = {
  element: "condition",
  example: '[{ op = "eq", args = { values = ["{inventory[system_vendor][manufacturer]}", "ACME"] } }]',
  mayBeEmpty: true,
  canonical: (condition) => canonical(condition, condition.loop === undefined ? {} : { multiple: "any" }),
  fault: (condition) =>
    fault(condition, ["multiple"], OPERATORS, (op) => op.replace(/^!\s*/, "")) ?? multipleFault(condition),
};

export const ACTION_LIST: ObjectList = {
  element: "action",
  example: '[{ op = "set-attribute", args = { path = "/properties/vendor", value = "acme" } }]',
  canonical: (action) => canonical(action, {}),
  fault: (action) => fault(action, [], ACTIONS, (op) => op),
};

/** Ironic adds `plugin_data` to the arguments of some actions while it checks them (`_normalize_list_args`), and stores it. */
function canonical({ args = {}, ...element }: JsonObject, defaults: JsonObject): JsonObject {
  if (typeof args !== "object" || args === null || Array.isArray(args)) return { ...defaults, ...element, args };
  const { plugin_data: _added, ...configured } = args as JsonObject;
  return { ...defaults, ...element, args: configured };
}

function fault(
  { op, args, loop, ...others }: JsonObject,
  possible: readonly string[],
  known: Readonly<Record<string, Signature>>,
  nameOf: (op: string) => string,
): string | undefined {
  const stray = Object.keys(others).filter((key) => !possible.includes(key));
  const members = ["op", "args", "loop", ...possible].join(", ");
  if (stray.length > 0) return `has ${stray.join(", ")}, and may have only ${members}`;
  const name = typeof op === "string" ? nameOf(op) : "";
  const signature = Object.hasOwn(known, name) ? known[name] : undefined;
  if (signature === undefined) return `needs one of ${Object.keys(known).join(", ")} as op`;
  if (loop !== undefined && (typeof loop !== "object" || loop === null)) return "needs a list or an object as loop";
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    return `needs an object with the arguments of ${name} by their names as args`;
  }
  return argumentFault(name, signature, Object.keys(args as Readonly<Record<string, Json>>));
}

function argumentFault(name: string, [required, optional = []]: Signature, given: readonly string[]) {
  const missing = required.filter((each) => !given.includes(each));
  if (missing.length > 0) return `needs ${missing.join(", ")} in args of ${name}`;
  const stray = given.filter((each) => !required.includes(each) && !optional.includes(each));
  if (stray.length === 0) return undefined;
  return `has ${stray.join(", ")} in args of ${name}, which takes only ${[...required, ...optional].join(", ")}`;
}

function multipleFault({ multiple, loop }: JsonObject): string | undefined {
  if (multiple === undefined) return undefined;
  if (!MULTIPLE.includes(multiple as string)) return `needs one of ${MULTIPLE.join(", ")} as multiple`;
  return loop === undefined ? "has multiple without loop, where it has no meaning" : undefined;
}
