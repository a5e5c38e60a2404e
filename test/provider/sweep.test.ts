import { InProcessIronic } from "../../src/testing/ironic";
import type { TfObject } from "../../src/tfplugin/cty";
import type { ResourceDriver } from "../support/plugin/resource-driver";
import type { ShownDiagnostic } from "../support/plugin/values";
import { ProviderRig } from "../support/provider-rig";
import { ENDS, type End, endRunAt } from "../support/sweep";

const image = (figure: string) => `oci://registry.example/fcos@sha256:${figure.repeat(64)}`;
const [IMAGE, NEW_IMAGE] = [image("a"), image("b")];
const MAC = "52:54:00:00:00:01";

/** A rack of one machine, in the order in which Terraform creates it. */
const RACK = ["ironic_node_v1", "ironic_port_v1", "ironic_deployment"] as const;
type Type = (typeof RACK)[number];

/** State as Terraform keeps it, between two of its runs. */
type Saved = Partial<Record<Type, { readonly state: TfObject; readonly private: Uint8Array }>>;

function configured(type: Type, saved: Saved, image_source: string): TfObject {
  const node_uuid = saved.ironic_node_v1?.state.id ?? "";
  return {
    ironic_node_v1: {
      driver: "fake-hardware",
      name: "n",
      available: true,
      traits: ["CUSTOM_FAST"],
      extra: { rack: "7" },
    },
    ironic_port_v1: { node_uuid, address: MAC, extra: { slot: "1" } },
    ironic_deployment: { node_uuid, instance_info: { image_source }, user_data: "#cloud-config" },
  }[type] as TfObject;
}

/** One run of Terraform, with a provider of its own. */
class Run {
  readonly errors: ShownDiagnostic[] = [];
  private constructor(
    private readonly rig: ProviderRig,
    private readonly saved: Saved,
    private readonly image: string,
  ) {}

  static async start(ironic: InProcessIronic, saved: Saved, image = IMAGE): Promise<Run> {
    const rig = new ProviderRig(ironic);
    await rig.configure({ url: ironic.url, lock_timeout: 0 });
    return new Run(rig, saved, image);
  }

  /** Creates what state does not hold, and continues with what it holds, until an error. */
  async apply(): Promise<void> {
    for (const type of RACK) {
      const resource = this.#resource(type);
      const isNew = resource.state === null;
      if (!isNew) await resource.refresh();
      const diagnostics = await resource.apply(configured(type, this.saved, this.image));
      this.#save(type, resource);
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      this.errors.push(...errors);
      // Terraform taints a resource that has both.
      if (isNew && errors.length > 0) expect(resource.state).toBeNull();
      if (errors.length > 0) return;
    }
  }

  async import(type: Type, id: string): Promise<void> {
    const resource = this.#resource(type);
    expect(await resource.import(id)).toEqual([]);
    this.#save(type, resource);
  }

  async interrupt(): Promise<void> {
    await this.rig.plugin.call("StopProvider", {});
  }

  #resource(type: Type): ResourceDriver {
    const resource = this.rig.resource(type);
    return Object.assign(resource, this.saved[type]);
  }

  #save(type: Type, { state, private: privateState }: ResourceDriver): void {
    if (state === null) delete this.saved[type];
    else this.saved[type] = { state, private: privateState };
  }
}

let ironic: InProcessIronic;
beforeEach(async () => {
  ironic = await InProcessIronic.start({ work: 1 });
});
afterEach(() => ironic.stop());

/** An Ironic without the rack. */
async function renewIronic(): Promise<void> {
  await ironic.stop();
  ironic = await InProcessIronic.start({ work: 1 });
}

/** Applies, and ends that at the request with this index; false where the run has fewer requests. */
async function endAt(index: number, end: End, saved: Saved, image = IMAGE): Promise<boolean> {
  const run = await Run.start(ironic, saved, image);
  return endRunAt(ironic, index, end, { work: () => run.apply(), interrupt: () => run.interrupt() });
}

/** What Ironic holds of the rack. */
function rack() {
  const { nodes, ports } = ironic.store;
  const written = ironic.requests
    .filter(({ method }) => method === "PUT")
    .map(({ body }) => body as { target?: string });
  return {
    nodes: [...nodes.values()].map(({ name, provision_state, traits, extra, instance_info }) => ({
      ...{ name, provision_state, traits, extra: { rack: (extra as TfObject).rack } },
      instance_info: Object.keys(instance_info as object).sort(),
    })),
    ports: [...ports.values()].map(({ address, extra }) => ({ address, extra: { slot: (extra as TfObject).slot } })),
    destructive: written.filter(({ target }) => target === "deleted" || target === "rebuild"),
  };
}

/** The mark stays where an interrupted deployment has succeeded, and nothing is left to apply. */
const planned = ({ kind }: End) => ({
  nodes: [
    {
      name: "n",
      provision_state: "active",
      traits: ["CUSTOM_FAST"],
      extra: { rack: "7" },
      instance_info: kind === "interrupted" ? expect.anything() : expect.not.arrayContaining(["terraform_unfinished"]),
    },
  ],
  ports: [{ address: MAC, extra: { slot: "1" } }],
  destructive: [],
});

test.each(ENDS)(
  "a rack whose creation is $kind at any request, carried out: $done, is finished by the next apply",
  async (end) => {
    const imported: Type[] = [];
    let index = 0;
    for (; ; index += 1) {
      const saved: Saved = {};
      if (!(await endAt(index, end, saved))) break;
      const next = await Run.start(ironic, saved);
      await next.apply();
      for (const { detail } of next.errors) {
        // The request that removes the mark was the last of a creation: its error names the import.
        expect(detail).toContain("terraform import");
        const type = saved.ironic_node_v1 === undefined ? "ironic_node_v1" : "ironic_deployment";
        imported.push(type);
        await next.import(type, "n");
        next.errors.length = 0;
        await next.apply();
      }
      expect({ index, ...rack(), errors: next.errors }).toEqual({ index, ...planned(end), errors: [] });
      expect(Object.keys(saved)).toEqual(expect.arrayContaining([...RACK]));
      const posts = ironic.requests.filter(({ method, url }) => method === "POST" && url === "/v1/nodes");
      expect(posts.length).toBeLessThanOrEqual(2);
      await renewIronic();
    }
    expect(index).toBeGreaterThan(14);
    const lost = end.done && end.kind !== "interrupted";
    expect(new Set(imported)).toEqual(new Set(lost ? ["ironic_deployment"] : []));
  },
);

test.each(ENDS)(
  "a rebuild that is $kind at any request, carried out: $done, is finished by the next apply, and happens once",
  async (end) => {
    const deployed: unknown[] = [];
    let index = 0;
    for (; ; index += 1) {
      const saved: Saved = {};
      await (await Run.start(ironic, saved)).apply();
      deployed.length = 0;
      ironic.succeeded = (node) => deployed.push((node.instance_info as { image_source?: unknown }).image_source);
      if (!(await endAt(index, end, saved, NEW_IMAGE))) break;
      const next = await Run.start(ironic, saved, NEW_IMAGE);
      await next.apply();
      expect({ index, errors: next.errors, deployed }).toEqual({ index, errors: [], deployed: [NEW_IMAGE] });
      const from = ironic.requests.length;
      await (await Run.start(ironic, saved, NEW_IMAGE)).apply();
      expect(ironic.requests.slice(from).filter(({ method }) => method !== "GET")).toEqual([]);
      await renewIronic();
    }
    expect(index).toBeGreaterThan(6);
  },
);
