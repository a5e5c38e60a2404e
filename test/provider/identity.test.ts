import { ironicProvider } from "../../src/provider";
import type { Schema } from "../../src/tfplugin";
import { decodeMsgpack, encodeMsgpack } from "../../src/tfplugin/cty";
import { decode, diagnosticsOf, encode } from "../support/plugin/values";
import { ProviderRig } from "../support/provider-rig";

// Resource identity, which Terraform 1.12 and later ask for: on the wire, because Terraform 1.11 does not.

const resources = ironicProvider({}).options.resources ?? {};
const TYPE = { kind: "object", attributes: { uuid: { kind: "string" } } } as const;
type Data = { readonly identityData: { readonly msgpack: Uint8Array } | undefined } | undefined;
const uuidIn = (identity: Data) => identity && decodeMsgpack(TYPE, identity.identityData?.msgpack ?? Buffer.alloc(0));
const NO_JSON = Buffer.alloc(0);
const identityOf = (uuid: string) => ({ identityData: { msgpack: encodeMsgpack(TYPE, { uuid }), json: NO_JSON } });

let rig: ProviderRig;
beforeEach(async () => {
  rig = await ProviderRig.start();
});
afterEach(() => rig.stop());

const portGroup = (resources.ironic_port_group_v1 as { readonly schema: Schema }).schema;
const group = () => {
  const node = rig.node({ name: "n" });
  return String(rig.ironic.store.createPortGroup({ node_uuid: node, name: "bond0" }).uuid);
};

test("every resource has the identity uuid, which an import needs", async () => {
  const { identitySchemas, diagnostics } = await rig.plugin.call("GetResourceIdentitySchemas", {});
  expect(diagnostics).toEqual([]);
  expect(Object.keys(identitySchemas).sort()).toEqual(Object.keys(resources).sort());
  for (const schema of Object.values(identitySchemas)) {
    expect(schema).toMatchObject({
      version: 0,
      identityAttributes: [{ name: "uuid", requiredForImport: true, optionalForImport: false }],
    });
    expect(Buffer.from(schema.identityAttributes[0]?.type ?? NO_JSON).toString()).toBe('"string"');
  }
});

test("an import by identity is that of the UUID", async () => {
  const uuid = group();
  for (const request of [{ id: "", identity: identityOf(uuid) }, { id: "bond0" }]) {
    const response = await rig.plugin.call("ImportResourceState", { typeName: "ironic_port_group_v1", ...request });
    expect(diagnosticsOf(response.diagnostics)).toEqual([]);
    const [imported] = response.importedResources;
    expect(decode(portGroup, imported?.state)).toMatchObject({ id: uuid });
    expect(uuidIn(imported?.identity)).toEqual({ uuid });
  }
});

test("an identity that leads to nothing, or can't be in a request, is an error as an ID is", async () => {
  for (const uuid of ["6eb02b44-18a3-4659-8c0b-8d2802581ae4", "../nodes", ""]) {
    const request = { typeName: "ironic_port_group_v1", id: "", identity: identityOf(uuid) };
    const { diagnostics, importedResources } = await rig.plugin.call("ImportResourceState", request);
    expect([diagnostics.length, importedResources]).toEqual([1, []]);
  }
});

test("a plan has it once it is known, an apply and a refresh have it always, and a destroyed resource has none", async () => {
  const typeName = "ironic_port_group_v1";
  const life = rig.resource(typeName);
  const args = { node_uuid: rig.node({ name: "n" }), name: "bond0" };
  const { planned, config, plannedPrivate } = await life.plan(args);
  const plan = (priorState: typeof planned) =>
    rig.plugin.call("PlanResourceChange", {
      typeName,
      priorState: encode(portGroup, priorState),
      proposedNewState: encode(portGroup, priorState ?? planned),
      config: encode(portGroup, config),
    });
  expect((await plan(null)).plannedIdentity).toBeUndefined();
  const applied = await rig.plugin.call("ApplyResourceChange", {
    ...{ typeName, plannedPrivate, config: encode(portGroup, config) },
    ...{ priorState: encode(portGroup, null), plannedState: encode(portGroup, planned) },
  });
  const state = decode(portGroup, applied.newState);
  expect(uuidIn(applied.newIdentity)).toEqual({ uuid: state?.id });
  expect(uuidIn((await plan(state)).plannedIdentity)).toEqual({ uuid: state?.id });
  const read = () =>
    rig.plugin.call("ReadResource", { typeName, currentState: applied.newState, private: applied.private });
  expect(uuidIn((await read()).newIdentity)).toEqual({ uuid: state?.id });
  rig.ironic.store.portGroups.clear();
  expect((await read()).newIdentity).toBeUndefined();
});

test("a stored identity is read as it is; one of a version that does not exist is an error", async () => {
  const rawIdentity = { json: Buffer.from('{"uuid":"u"}') };
  const upgrade = (version: number) =>
    rig.plugin.call("UpgradeResourceIdentity", { typeName: "ironic_node_v1", version, rawIdentity });
  expect(uuidIn((await upgrade(0)).upgradedIdentity)).toEqual({ uuid: "u" });
  expect(diagnosticsOf((await upgrade(1)).diagnostics)).toMatchObject([{ severity: "error" }]);
});
