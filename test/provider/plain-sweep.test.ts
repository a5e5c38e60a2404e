import { dynamic } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";
import { ENDS, endRunAt } from "../support/sweep";

// Creations that end early at each of their requests, and are finished by the next apply.

interface Row {
  readonly type: string;
  readonly path: string;
  args(node: string): TfObject;
}
const steps = (sortedBy: string) => dynamic([{ interface: "bios", step: "apply_configuration", [sortedBy]: 1 }]);
const ROWS: readonly Row[] = [
  {
    ...{ type: "ironic_deploy_template_v1", path: "deploy_templates" },
    args: () => ({ name: "CUSTOM_A", steps: steps("priority") }),
  },
  {
    ...{ type: "ironic_runbook_v1", path: "runbooks" },
    args: () => ({ name: "CUSTOM_A", steps: steps("order"), traits: ["CUSTOM_B"], owner: "project" }),
  },
  {
    ...{ type: "ironic_inspection_rule_v1", path: "inspection_rules" },
    args: () => ({ actions: dynamic([{ op: "fail", args: { msg: "m" } }]) }),
  },
  {
    ...{ type: "ironic_volume_connector_v1", path: "volume/connectors" },
    args: (node_uuid) => ({ node_uuid, type: "iqn", connector_id: "i" }),
  },
  {
    ...{ type: "ironic_volume_target_v1", path: "volume/targets" },
    args: (node_uuid) => ({ node_uuid, volume_type: "iscsi", volume_id: "v", boot_index: 0 }),
  },
];
const CASES = ROWS.flatMap((row) => ENDS.map((end) => ({ ...row, end, ...end })));

test.each(CASES)(
  "$type: a creation that is $kind at any request, carried out: $done",
  async ({ type, path, args, end }) => {
    let index = 0;
    for (; ; index += 1) {
      const first = await ProviderRig.start({ ironic: { newest: 115 }, config: { lock_timeout: 0 } });
      const { ironic } = first;
      try {
        const node = String(ironic.store.createNode({ driver: "fake-hardware" }).uuid);
        const ended = first.resource(type);
        const work = () => ended.apply(args(node));
        if (!(await endRunAt(ironic, index, end, { work, interrupt: () => first.plugin.call("StopProvider", {}) })))
          break;
        const next = new ProviderRig(ironic);
        await next.configure({ url: ironic.url });
        const life = next.resource(type);
        // A killed process has saved nothing.
        if (end.kind !== "killed") Object.assign(life, { state: ended.state, private: ended.private });
        const found = await life.apply(args(node));
        const objects = [...ironic.collections.of(path).values()];
        expect({ index, found, objects: objects.map(({ uuid }) => uuid) }).toEqual({
          ...{ index, found: [] },
          // Nothing tells one rule from another: a response that is lost for good leaves the first one behind.
          objects:
            type === "ironic_inspection_rule_v1" && objects.length === 2 && end.done
              ? expect.arrayContaining([life.state?.id])
              : [life.state?.id],
        });
        const { planned } = await life.plan(args(node));
        expect(planned).toEqual(life.state);
      } finally {
        await first.stop();
      }
    }
    expect(index).toBeGreaterThan(0);
  },
);
