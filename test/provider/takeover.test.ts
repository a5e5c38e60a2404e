import { IronicClient } from "../../src/ironic";
import { ironicProvider } from "../../src/provider";
import type { Schema } from "../../src/tfplugin";
import type { CtyType, TfObject, TfValue } from "../../src/tfplugin/cty";
import { oldCases } from "../e2e/provider/takeover/cases";
import type { OldInstance } from "../e2e/provider/takeover/state";
import { rebuildWorld } from "../e2e/provider/takeover/world";
import { ProviderRig } from "../support/provider-rig";

// States of openshift-metal3/ironic, with the configuration that follows from each: the recorded configurations themselves run in
// test/e2e/provider/takeover, through Terraform.
const { resources = {} } = ironicProvider({}).options;
const instances = oldCases.flatMap(({ name, instances }) =>
  instances
    .filter(({ type }) => type === "ironic_node_v1" || type === "ironic_deployment")
    .map((instance): [string, OldInstance] => [`${instance.type}: ${name}`, instance]),
);

let rig: ProviderRig;
beforeAll(async () => {
  rig = await ProviderRig.start();
  const client = new IronicClient({ url: rig.ironic.url });
  for (const each of oldCases) await rebuildWorld(client, each.instances);
  await client.close();
}, 60_000);
afterAll(() => rig.stop());

function emptyOf({ kind }: CtyType): TfValue {
  const values: Partial<Record<CtyType["kind"], TfValue>> = { string: "", bool: false, number: 0, map: {} };
  return values[kind] ?? [];
}

const isEmpty = (value: TfValue | undefined) =>
  [undefined, null, "", false, 0].includes(value as null) ||
  (typeof value === "object" && Object.keys(value as object).length === 0);

/**
 * A configuration of what state has.
 * @param unset the value of arguments that are empty in state; where it is null there, a plan has to follow the configuration
 */
function configurationOf(type: string, state: TfObject, unset: "null" | "empty"): TfObject {
  const attributes: Schema["attributes"] = resources[type]?.schema.attributes ?? {};
  const settable = Object.entries(attributes).filter(
    ([, { required, optional, writeOnly }]) => (required || optional) && !writeOnly,
  );
  return Object.fromEntries(
    settable.map(([name, { required, type }]) => {
      const value = state[name] ?? null;
      if (required || !isEmpty(value)) return [name, value];
      return [name, unset === "null" || value === null ? null : emptyOf(type)];
    }),
  );
}

describe.each(["null", "empty"] as const)("arguments that are not set are %s in the configuration", (unset) => {
  test.each(instances)("%s is taken over without a change", async (_, { type, attributes }) => {
    const resource = rig.resource(type);
    expect(await resource.upgrade(0, attributes as never)).toEqual([]);
    const config = configurationOf(type, resource.state ?? {}, unset);
    expect((await resource.plan(config)).planned).toEqual(resource.state);
    expect(await resource.refresh()).toEqual([]);
    const refreshed = await resource.plan(config);
    expect(refreshed.diagnostics).toEqual([]);
    expect(refreshed.planned).toEqual(resource.state);
  });
});
