import { randomUUID } from "node:crypto";
import { Fault, type Thing } from "./fault";
import { applyPatch } from "./store";

interface Kind {
  /** As Ironic's texts call an object. */
  readonly name: string;
  /** The minor microversion of the endpoints. */
  readonly since: number;
  readonly required: readonly string[];
  readonly defaults: Thing;
  /** Fields that a POST accepts and a PATCH does not. */
  readonly fixed?: readonly string[];
  /** The rules for an object beyond that; throws a Fault. It may complete the object. */
  check?(object: Thing, minor: number): void;
  /** Fields whose values are unique together, with the end of Ironic's text. */
  readonly unique?: { readonly fields: readonly string[]; text(object: Thing): string };
  /** Whether the path may have a name. */
  readonly named?: boolean;
  shown?(object: Thing): Thing;
  /** Ironic's own effect of a patch. */
  patched?(
    object: Thing,
    operations: readonly { readonly path: string; readonly value?: unknown }[],
    minor: number,
  ): void;
}

const INTERFACES = ["vendor", "power", "management", "firmware", "deploy", "bios", "raid"];
const TRAIT = /^(CUSTOM_[A-Z0-9_]+|HW_[A-Z0-9_]+|COMPUTE_[A-Z0-9_]+)$/;

const schemaError = (text: string) => new Fault(400, `Schema error for body: ${text}`);

function checkSteps({ steps, name }: Thing, number: "priority" | "order", argsRequired: boolean): void {
  if (!Array.isArray(steps) || steps.length === 0) throw schemaError("[] should be non-empty");
  const seen = new Set<string>();
  for (const step of steps as Thing[]) {
    const stray = Object.keys(step).find((key) => !["interface", "step", "args", number].includes(key));
    if (stray) throw schemaError(`Additional properties are not allowed ('${stray}' was unexpected)`);
    const missing = ["interface", "step", ...(argsRequired ? ["args"] : []), number].find((key) => !(key in step));
    if (missing) throw schemaError(`'${missing}' is a required property`);
    if (!INTERFACES.includes(String(step.interface))) throw schemaError(`'${String(step.interface)}' is not one of …`);
    const key = `interface: ${String(step.interface)}, step: ${String(step.step)}`;
    if (seen.has(key)) throw new Fault(400, `Deploy template invalid: Duplicate deploy steps. ${key} ${String(name)}.`);
    seen.add(key);
    step[number] = Number(step[number]);
  }
}

function checkTrait({ name }: Thing): void {
  if (!TRAIT.test(String(name))) throw schemaError(`'${String(name)}' is not valid under any of the given schemas`);
}

const byName = (name: string): NonNullable<Kind["unique"]> => ({
  fields: ["name"],
  text: (object) => `${name} with name ${String(object.name)} already exists.`,
});

const withMaskedSteps = (object: Thing): Thing => ({
  ...object,
  steps: (object.steps as Thing[]).map((step) => ({ ...step, args: masked(step.args ?? {}) })),
});

/** Maps are masked inside, lists are not (`mask_dict_password` in oslo_utils.strutils). */
function masked(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    typeof each !== "object" && /password|passphrase|secret|token/i.test(key) ? "******" : masked(each),
  ]);
  return Object.fromEntries(entries);
}

const RULE = { description: null, priority: 0, phase: "main", sensitive: false, conditions: [] };

/** By path below `/v1/`. */
const KINDS: Readonly<Record<string, Kind>> = {
  deploy_templates: {
    name: "Deploy template",
    since: 55,
    required: ["name", "steps"],
    defaults: { extra: {} },
    named: true,
    unique: byName("A deploy template"),
    shown: withMaskedSteps,
    check(template) {
      checkTrait(template);
      checkSteps(template, "priority", true);
    },
  },
  runbooks: {
    name: "Runbook",
    since: 92,
    required: ["name", "steps"],
    defaults: { extra: {}, owner: null, public: false, disable_ramdisk: false, description: null, traits: [] },
    named: true,
    unique: byName("A runbook"),
    shown: withMaskedSteps,
    check(runbook, minor) {
      if (minor < 112) checkTrait(runbook);
      checkSteps(runbook, "order", false);
    },
    patched(runbook, operations, minor) {
      // Ironic 39 accepts it, by any microversion.
      if (minor < 114 && operations.some(({ path }) => path === "/disable_ramdisk")) {
        throw new Fault(400, "Cannot patch /disable_ramdisk. Only the following can be updated: …");
      }
      const owner = operations.find(({ path }) => path === "/owner")?.value;
      const isPublic = operations.find(({ path }) => path === "/public");
      if (owner !== undefined && (isPublic ? isPublic.value === true : runbook.public === true)) {
        throw new Fault(400, "Couldn't apply patch. Reason: There cannot be an owner for a public runbook");
      }
      if (isPublic) runbook.owner = null;
    },
  },
  inspection_rules: {
    name: "Rule",
    since: 96,
    required: ["actions"],
    defaults: RULE,
    shown: (rule) => ({
      ...rule,
      ...(rule.sensitive === true
        ? { actions: null, conditions: null }
        : { conditions: (rule.conditions as Thing[]).map(shownCondition) }),
    }),
    check(rule) {
      if (Number(rule.priority) > 9999) {
        throw new Fault(400, "Priority must be between 0 and 9999 for user-defined rules.");
      }
      for (const { op, args } of rule.actions as Thing[]) {
        // Ironic completes the arguments of some actions while it checks them.
        if (/plugin-data$/.test(String(op))) (args as Thing).plugin_data = {};
      }
    },
    patched(rule, operations) {
      if (rule.sensitive === true && operations.some(({ path, value }) => path === "/sensitive" && value === false)) {
        throw new Fault(400, "Couldn't apply patch. Reason: Inspection rules cannot have the sensitive flag unset.");
      }
    },
  },
  "volume/connectors": {
    name: "Volume connector",
    since: 32,
    required: ["node_uuid", "type", "connector_id"],
    defaults: { extra: {} },
    unique: {
      fields: ["type", "connector_id"],
      text: ({ type, connector_id: id }) =>
        `A volume connector with type ${String(type)} and connector ID ${String(id)} already exists.`,
    },
  },
  "volume/targets": {
    name: "Volume target",
    since: 32,
    required: ["node_uuid", "volume_type", "volume_id", "boot_index"],
    defaults: { properties: {}, extra: {} },
    unique: {
      fields: ["node_uuid", "boot_index"],
      text: ({ boot_index: index }) =>
        `A volume target with boot index '${String(index)}' for the same node already exists.`,
    },
    shown: (target) => ({ ...target, properties: masked(target.properties) }),
  },
};

function shownCondition({ multiple, ...condition }: Thing): Thing {
  return condition.loop === undefined ? condition : { ...condition, multiple: multiple ?? "any" };
}

interface Call {
  readonly method: string;
  readonly id: string | undefined;
  readonly rest: string;
  readonly body: unknown;
  readonly url: URL;
  readonly minor: number;
  /** The node of a volume's `node_uuid`. */
  nodeOf(object: Thing): Thing;
}

/** The collections with objects that nothing but a client changes. */
export class Collections {
  /** The objects by collection, such as `volume/targets`, and UUID. */
  readonly all = new Map(Object.keys(KINDS).map((path) => [path, new Map<string, Thing>()] as const));

  of(path: string): Map<string, Thing> {
    return this.all.get(path) ?? new Map();
  }

  /** @param id UUID or, where the objects have one, name */
  find(path: string, id: string): Thing {
    const objects = this.of(path);
    const found = objects.get(id) ?? [...objects.values()].find(({ name }) => KINDS[path]?.named && name === id);
    if (!found) throw new Fault(404, `${KINDS[path]?.name} ${id} could not be found.`);
    return found;
  }

  /** @returns undefined for another path */
  respond(path: string, call: Call): { readonly status: number; readonly content?: unknown } | undefined {
    const kind = KINDS[path];
    if (!kind) return undefined;
    const { method, id, rest, body, url, minor } = call;
    if (minor < kind.since) {
      throw new Fault(method === "GET" ? 404 : 405, "The resource could not be found.");
    }
    const { shown = (object: Thing) => object } = kind;
    const objects = this.of(path);
    if (id === undefined && method === "POST") {
      return { status: 201, content: shown(create(objects, kind, body as Thing, call)) };
    }
    if (id === undefined) {
      const node = url.searchParams.get("node");
      const list = [...objects.values()].filter(({ node_uuid }) => node === null || node_uuid === node);
      return { status: 200, content: { [path.split("/").at(-1) ?? ""]: list.map(shown) } };
    }
    const found = this.find(path, id);
    if (method === "PUT" && rest === "traits" && minor >= 112) {
      found.traits = (body as Thing).traits;
      return { status: 204 };
    }
    if (method !== "GET") refuseRunning(found, kind, method, call);
    if (method === "DELETE") {
      objects.delete(String(found.uuid));
      return { status: 204 };
    }
    if (method === "PATCH") patch(objects, kind, found, body, call);
    return { status: 200, content: shown(found) };
  }
}

function create(objects: Map<string, Thing>, kind: Kind, { ...fields }: Thing, call: Call): Thing {
  const missing = kind.required.find((field) => !(field in fields));
  if (missing) throw schemaError(`'${missing}' is a required property`);
  const known = [...kind.required, ...Object.keys(kind.defaults), "uuid"].filter((field) => field !== "traits");
  const stray = Object.keys(fields).find((field) => !known.includes(field));
  if (stray) throw schemaError(`Additional properties are not allowed ('${stray}' was unexpected)`);
  const object: Thing = structuredClone({ uuid: randomUUID(), ...kind.defaults, ...fields });
  if (kind.required.includes("node_uuid")) call.nodeOf(object);
  kind.check?.(object, call.minor);
  if (objects.has(String(object.uuid))) {
    throw new Fault(409, `A ${kind.name.toLowerCase()} with UUID ${String(object.uuid)} already exists.`);
  }
  refuseTaken(objects, kind, object);
  objects.set(String(object.uuid), object);
  return object;
}

function patch(objects: Map<string, Thing>, kind: Kind, found: Thing, operations: unknown, call: Call): void {
  const all = operations as readonly { readonly op: string; readonly path: string; readonly value?: unknown }[];
  const patched: Thing = structuredClone(found);
  kind.patched?.(patched, all, call.minor);
  applyPatch(patched, operations);
  // A field that is removed is null in Ironic, whatever its default is.
  for (const { op, path } of all) {
    const [field = "", inner] = path.slice(1).split("/");
    if (op === "remove" && inner === undefined) patched[field] = null;
  }
  kind.check?.(patched, call.minor);
  refuseTaken(objects, kind, patched);
  Object.assign(found, patched);
}

function refuseTaken(objects: Map<string, Thing>, { unique }: Kind, object: Thing): void {
  if (!unique) return;
  const others = [...objects.values()].filter(({ uuid }) => uuid !== object.uuid);
  if (others.some((other) => unique.fields.every((field) => other[field] === object[field]))) {
    throw new Fault(409, unique.text(object));
  }
}

/** `update_volume_connector` and its like in ironic.conductor.manager. */
function refuseRunning(object: Thing, kind: Kind, method: string, call: Call): void {
  if (!kind.required.includes("node_uuid")) return;
  const node = call.nodeOf(object);
  if (node.power_state === "power off") return;
  // DELETE_ALLOWED_STATES, since Ironic 37, which has no microversion for it.
  const isFree = ["enroll", "manageable", "adopt failed"].includes(String(node.provision_state));
  if (method === "DELETE" && call.minor >= 113 && isFree) return;
  const action = `${kind.name.toLowerCase()} ${method === "DELETE" ? "deletion" : "update"}`;
  throw new Fault(
    400,
    `The requested action "${action}" can not be performed on node "${String(node.uuid)}" while it is in state "${String(node.power_state)}".`,
  );
}
