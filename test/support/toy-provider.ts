// A provider with something of everything, whose things live in a file: tests drive it in-process and through Terraform.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  between,
  block,
  computed,
  isUnknown,
  type JsonValue,
  matching,
  nested,
  optional,
  optionalComputed,
  type Provider,
  ProviderError,
  pluginFor,
  required,
  schema,
  t,
} from "../../src/tfplugin";
import { device } from "./toy-device";
import { describe, join } from "./toy-functions";
import { ToyServiceError } from "./toy-service-error";

/** What the toy service holds: one line of text for each thing, by ID. */
export class ToyService {
  readonly #file: string;
  readonly password: string | undefined;

  constructor(file: string, password?: string) {
    this.#file = file;
    this.password = password;
  }

  get things(): { [id: string]: { name: string; secret: string | null } } {
    return existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, "utf8")) : {};
  }

  put(id: string, name: string, secret: string | null): void {
    writeFileSync(this.#file, JSON.stringify({ ...this.things, [id]: { name, secret } }));
  }

  remove(id: string): void {
    const { [id]: _, ...rest } = this.things;
    writeFileSync(this.#file, JSON.stringify(rest));
  }
}

const { provider, resource, dataSource } = pluginFor<ToyService>();

export const thingSchema = schema({
  version: 2,
  description: "A thing.",
  attributes: {
    id: computed(t.string, { nonNull: true }),
    name: required(t.string, { requiresReplace: true, validate: matching(/^[a-z-]+$/, "lower-case letters") }),
    size: optional(t.integer, { default: 1, validate: between(1, 100) }),
    big: optional(t.number),
    active: optional(t.bool),
    tags: optional(t.map(t.string)),
    notes: optional(t.map(t.string), { nullElements: true }),
    labels: optional(t.set(t.string)),
    ports: optional(t.list(t.integer)),
    origin: optional(t.object({ x: t.number, y: t.number })),
    pair: optional(t.tuple([t.string, t.bool])),
    anything: optional(t.dynamic),
    color: optionalComputed(t.string),
    password: optional(t.string, { sensitive: true }),
    secret_wo: optional(t.string, { writeOnly: true }),
    secret_wo_version: optional(t.integer),
    secret_length: computed(t.integer),
    changes: computed(t.integer, { unknownOnUpdate: true }),
    old: optional(t.string, { deprecated: "Use `name` instead." }),
    disks: optional(
      nested.list({
        name: required(t.string),
        size: optional(t.integer, { default: 10 }),
        serial: computed(t.string),
        kind: optional(t.string, { requiresReplace: true }),
      }),
    ),
    users: optional(nested.set({ name: required(t.string), uid: computed(t.integer) })),
    mounts: optional(nested.map({ path: required(t.string), token_wo: optional(t.string, { writeOnly: true }) })),
    misbehave: optional(t.string, { description: "throw, timer, reject, unknown, wait, fail-after-save" }),
  },
  blocks: {
    timeouts: block.single({ attributes: { create: optional(t.string) } }),
    rule: block.list({
      attributes: { port: required(t.integer), note: optional(t.string, { default: "none" }) },
      maxItems: 3,
    }),
    zone: block.set({ attributes: { name: required(t.string) } }),
  },
});

let counter = 0;

/** Tells a test in another process how far this one is. */
function mark(text: string): void {
  if (process.env.TOY_MARKER) appendFileSync(process.env.TOY_MARKER, `${text}\n`);
}

const thing = resource(thingSchema, {
  validate({ config, diagnostics }) {
    if (config.name === "forbidden") {
      diagnostics.error("Forbidden name", { detail: "That name is taken by the house.", path: ["name"] });
    }
    if (isUnknown(config.rule)) return;
    for (const [i, rule] of config.rule.entries()) {
      if (rule.port === 13) diagnostics.error("Unlucky port", { path: ["rule", i, "port"] });
    }
  },

  plan({ planned, state, requireReplace }) {
    if (state !== null && state.size > 50 && typeof planned.size === "number" && planned.size < 10) {
      requireReplace(["size"]); // things shrink only a little
    }
    if (planned.color !== null && !isUnknown(planned.color) && state?.color !== planned.color) return undefined;
    if (planned.active === true && isUnknown(planned.color)) return { ...planned, color: "green" };
    return undefined;
  },

  async create({ planned, config, client, signal, log, save, privateState }) {
    const id = `thing-${process.pid}-${++counter}`;
    log.info("creating", { name: planned.name, password: planned.password, secret: config.secret_wo });
    client.put(id, planned.name, config.secret_wo);
    privateState.set("created", planned.name);
    const state = {
      ...planned,
      id,
      color: isUnknown(planned.color) ? "red" : planned.color,
      secret_length: config.secret_wo?.length ?? null,
      changes: 0,
      disks: planned.disks?.map((disk, i) => ({ ...disk, serial: `${id}-${i}` })) ?? null,
      users: planned.users?.map((user) => ({ ...user, uid: user.name.length })) ?? null,
    };
    switch (planned.misbehave) {
      case "throw":
        throw new TypeError(`no such thing as ${config.secret_wo}`);
      case "timer":
        setTimeout(() => {
          throw new RangeError("thrown beside the call");
        }, 5);
        await new Promise(() => {});
        break;
      case "reject":
        void Promise.reject(new RangeError("rejected beside the call"));
        await new Promise(() => {});
        break;
      case "fail-after-save":
        save({ ...planned, id });
        throw new ProviderError("Half done", {
          detail: `The thing exists, its secret ${config.secret_wo} not.`,
          path: ["name"],
        });
      case "wait":
        save({ ...planned, id });
        mark("started");
        await sleep(60_000, undefined, { signal }).catch((error) => {
          mark("cancelled");
          throw error;
        });
        break;
      case "unknown":
        return { ...planned, id } as typeof state; // what the compiler would not let pass
      case "alien":
        return { ...state, alien: 1 } as typeof state;
    }
    return state;
  },

  read({ state, client }) {
    const found = client.things[state.id];
    if (found === undefined) return null;
    return {
      ...state,
      name: found.name,
      size: state.size ?? 1,
    };
  },

  async update({ planned, config, client, state, privateState }) {
    if (planned.misbehave === "throw") throw new Error("update failed");
    if (privateState.get("created") === undefined) throw new Error("private state was lost");
    client.put(state.id, planned.name, config.secret_wo);
    return {
      ...planned,
      id: state.id,
      color: isUnknown(planned.color) ? state.color : planned.color,
      secret_length: state.secret_length, // of the secret that it was created with: a computed value is planned to stay
      changes: (state.changes ?? 0) + 1,
      disks:
        planned.disks?.map((disk, i) => ({
          ...disk,
          serial: isUnknown(disk.serial) ? `${state.id}-${i}` : disk.serial,
        })) ?? null,
      users: planned.users?.map((user) => ({ ...user, uid: user.name.length })) ?? null,
    };
  },

  delete({ state, client, privateState }) {
    if (state.misbehave === "keep") throw new ProviderError("Not today");
    privateState.delete("created");
    client.remove(state.id);
  },

  import({ id, client, privateState }) {
    const found = client.things[id];
    if (found === undefined) throw new ProviderError(`No thing ${id}`);
    privateState.set("created", found.name);
    return { id, name: found.name };
  },

  upgrade({ version, state }) {
    // Version 1 had the size as text with a unit.
    const { id, title, size } = state as { id: string; title: string; size: string };
    if (version !== 1) throw new ProviderError(`Version ${version} was never released`);
    return { id, name: title, size: Number.parseInt(size, 10) };
  },

  move({ sourceProvider, sourceType, state, privateState }) {
    if (sourceProvider !== "registry.terraform.io/hashicorp/null" || sourceType !== "null_resource") return undefined;
    const { id, triggers } = state as { id: string; triggers: { [key: string]: JsonValue } | null };
    privateState.set("created", "moved");
    return { id, name: String(triggers?.name ?? "unnamed"), size: 1 };
  },
});

const things = dataSource(
  schema({
    attributes: { prefix: optional(t.string), names: computed(t.list(t.string), { nonNull: true }) },
  }),
  {
    read({ config, client, diagnostics }) {
      if (config.prefix === "warn") diagnostics.warning("A warning", { path: ["prefix"] });
      const names = Object.values(client.things).map(({ name }) => name);
      return { ...config, names: names.filter((name) => name.startsWith(config.prefix ?? "")).sort() };
    },
  },
);

/** The toy provider. Its service's file is `TOY_STORE`, unless one is given. */
export const toyProvider = (service?: ToyService): Provider =>
  provider({
    address: "registry.terraform.io/example/toy",
    schema: schema({
      attributes: {
        password: optional(t.string, { sensitive: true, description: "Opens the service." }),
        retries: optional(t.integer, { validate: between(0, 5) }),
      },
    }),
    configure({ config }) {
      if (config.password === "wrong-password")
        throw new ToyServiceError("the password wrong-password was refused", ["password"]);
      const password = typeof config.password === "string" ? config.password : undefined;
      return service ?? new ToyService(process.env.TOY_STORE ?? "", password);
    },
    resources: { toy_thing: thing, toy_device: device },
    dataSources: { toy_things: things },
    functions: { join, describe },
    explain: (error) =>
      error instanceof ToyServiceError
        ? new ProviderError("The service refused", { detail: error.message, path: error.path })
        : undefined,
  });
