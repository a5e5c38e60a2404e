import { randomUUID } from "node:crypto";
import { hasFeature, type IronicClient, type JsonObject, MASK } from "../../src/ironic";

const STEP = { interface: "bios", step: "apply_configuration", args: { settings: [{ name: "A", value: 1 }] } };
const ERASE = { interface: "deploy", step: "erase_devices_metadata", args: {} };

/** Deploy templates, runbooks, inspection rules and volumes: what the resources of the provider rely on. */
export function collectionsContract(
  client: () => IronicClient,
  newNode: () => Promise<{ readonly uuid: string }>,
  /** Ironic's policies let no project create deploy templates or inspection rules, or give a runbook an owner. */
  isProjectScoped: () => boolean = () => false,
): void {
  let unique = 0;
  const name = () => {
    unique += 1;
    return `CUSTOM_CONTRACT_${process.pid}_${unique}`;
  };

  test.each([
    ["deployTemplates", "priority"],
    ["runbooks", "order"],
  ] as const)("%s", async (kind, sortedBy) => {
    const { [kind]: collection } = client();
    const [first, uuid] = [name(), randomUUID()];
    const secret = { ...STEP, args: { password: "s3cret", value: 1 } };
    const fields = {
      name: first,
      uuid,
      steps: [
        { ...secret, [sortedBy]: 1 },
        { ...ERASE, [sortedBy]: 2 },
      ],
    };
    if (isProjectScoped() && kind === "deployTemplates") {
      await expect(collection.create(fields)).rejects.toMatchObject({ status: 403 });
      return;
    }
    // What exists under the client's UUID is what it has created.
    for (const _ of [1, 2]) expect((await collection.create(fields)).uuid).toBe(uuid);
    const found = await collection.get(first);
    expect(await collection.list()).toContainEqual(expect.objectContaining({ uuid, name: first }));
    expect(found).toMatchObject({ uuid, name: first });
    expect(Object.values(found.extra ?? {})).toEqual([]);
    const steps = [...found.steps].sort((one, other) => Number(one[sortedBy]) - Number(other[sortedBy]));
    expect(steps).toEqual([
      { ...STEP, args: { password: MASK, value: 1 }, [sortedBy]: 1 },
      { ...ERASE, [sortedBy]: 2 },
    ]);
    await expect(collection.create({ ...fields, uuid: randomUUID() })).rejects.toMatchObject({
      ...{ code: "IRONIC_CONFLICT", reason: "exists" },
    });
    const second = name();
    expect(
      await collection.patch(uuid, [
        { op: "replace", path: "/name", value: second },
        { op: "replace", path: "/steps", value: [{ ...STEP, [sortedBy]: 3 }] },
        { op: "add", path: "/extra", value: { rack: { row: 7 } } },
      ]),
    ).toMatchObject({ name: second, steps: [{ ...STEP, [sortedBy]: 3 }], extra: { rack: { row: 7 } } });
    const anyName = kind === "runbooks" && hasFeature(await client().microversion(), "1.112");
    const bad: JsonObject[] = [
      ...(anyName ? [] : [{ ...fields, name: "custom_a" }]),
      { ...fields, steps: [] },
      { ...fields, steps: [{ ...STEP, interface: "boot", [sortedBy]: 1 }] },
      { ...fields, steps: [{ ...STEP, [sortedBy]: 1, more: 1 }] },
      { ...fields, steps: [STEP] },
      {
        ...fields,
        steps: [
          { ...STEP, [sortedBy]: 1 },
          { ...STEP, [sortedBy]: 2 },
        ],
      },
    ];
    for (const each of bad) {
      await expect(collection.create({ ...each, uuid: randomUUID() })).rejects.toMatchObject({ status: 400 });
    }
    await collection.delete(uuid);
    await expect(collection.get(second)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
    await expect(collection.delete(uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
  });

  test("a runbook is public, or has an owner", async () => {
    const { runbooks } = client();
    const { uuid, ...created } = await runbooks.create({ name: name(), steps: [{ ...STEP, order: 1 }] });
    expect(created).toMatchObject({ public: false, disable_ramdisk: false });
    const patch = (path: string, value: string | boolean) => ({ op: "add", path, value }) as const;
    if (isProjectScoped()) {
      await expect(runbooks.patch(uuid, [patch("/owner", "project")])).rejects.toMatchObject({ status: 403 });
      await runbooks.delete(uuid);
      return;
    }
    expect(await runbooks.patch(uuid, [patch("/owner", "project")])).toMatchObject({ owner: "project" });
    const isNew = hasFeature(await client().microversion(), "1.114");
    const changed = runbooks.patch(uuid, [patch("/disable_ramdisk", true)]);
    if (isNew) expect(await changed).toMatchObject({ disable_ramdisk: true });
    else
      await expect(changed).rejects.toMatchObject({ fault: expect.stringContaining("Cannot patch /disable_ramdisk") });
    expect(await runbooks.patch(uuid, [patch("/public", true)])).toMatchObject({ public: true, owner: null });
    await expect(runbooks.patch(uuid, [patch("/owner", "project")])).rejects.toMatchObject({ status: 400 });
    const both = await runbooks.patch(uuid, [patch("/public", false), patch("/owner", "other")]);
    expect(both).toMatchObject({ public: false, owner: "other" });
    await runbooks.delete(uuid);
  });

  test("an inspection rule, and one that is sensitive", async () => {
    const { inspectionRules: rules } = client();
    const conditions = [{ op: "!eq", args: { values: ["{inventory[cpu][count]}", 4] }, loop: [1] }];
    const action = { op: "set-plugin-data", args: { path: "a", value: { b: [1] } } };
    const fields = { uuid: randomUUID(), conditions, actions: [action] };
    if (isProjectScoped()) {
      await expect(rules.create(fields)).rejects.toMatchObject({ status: 403 });
      return;
    }
    for (const _ of [1, 2]) expect((await rules.create(fields)).uuid).toBe(fields.uuid);
    expect(await rules.get(fields.uuid)).toMatchObject({
      ...{ description: null, priority: 0, phase: "main", sensitive: false },
      conditions: [{ ...conditions[0], multiple: "any" }],
      actions: [{ ...action, args: { ...action.args, plugin_data: {} } }],
    });
    const log = [{ op: "log", args: { msg: "m" } }];
    const changed = await rules.patch(fields.uuid, [
      { op: "add", path: "/description", value: "d" },
      { op: "replace", path: "/priority", value: 9999 },
      { op: "replace", path: "/conditions", value: [] },
      { op: "replace", path: "/actions", value: log },
    ]);
    expect(changed).toMatchObject({ description: "d", priority: 9999, conditions: [], actions: log });
    const patch = (path: string, value: number | boolean) => rules.patch(fields.uuid, [{ op: "replace", path, value }]);
    await expect(patch("/priority", 10_000)).rejects.toMatchObject({ status: 400 });
    expect(await patch("/sensitive", true)).toMatchObject({ sensitive: true, conditions: null, actions: null });
    const listed = { uuid: fields.uuid, description: "d", sensitive: true };
    expect(await rules.list()).toContainEqual(expect.objectContaining(listed));
    await expect(patch("/sensitive", false)).rejects.toMatchObject({ code: "IRONIC_REFUSED" });
    const removed = await rules.patch(fields.uuid, [{ op: "remove", path: "/description" }]);
    expect(removed).toMatchObject({ description: null, sensitive: true });
    await rules.delete(fields.uuid);
    await expect(rules.get(fields.uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
  });

  test("volumes, which need a node that is powered off for changes", async () => {
    const { volumeConnectors: connectors, volumeTargets: targets } = client();
    const { uuid: node_uuid } = await newNode();
    const connector_id = name();
    const connector = await connectors.create({ node_uuid, type: "iqn", connector_id });
    const properties = { target_lun: 1, auth_username: "u", auth_password: "s3cret" };
    const volume = { node_uuid, volume_type: "iscsi", volume_id: "v", boot_index: 0 };
    const target = await targets.create({ ...volume, properties });
    expect(target).toMatchObject({ ...volume, properties: { ...properties, auth_password: MASK } });
    await expect(connectors.create({ node_uuid, type: "iqn", connector_id })).rejects.toMatchObject({
      ...{ code: "IRONIC_CONFLICT", reason: "exists" },
    });
    await expect(targets.create({ ...volume, volume_id: "w" })).rejects.toMatchObject({
      ...{ code: "IRONIC_CONFLICT", reason: "exists" },
    });
    expect(await connectors.list({ node: node_uuid })).toMatchObject([{ uuid: connector.uuid, connector_id }]);
    expect(await targets.list({ node: node_uuid })).toMatchObject([
      { uuid: target.uuid, volume_id: "v", properties: {} },
    ]);
    const power = async (state: string) => {
      await client().setPower(node_uuid, state);
      await client().waitUntil(node_uuid, ({ power_state }) => power_state === state);
    };
    await power("power on");
    const change = () => connectors.patch(connector.uuid, [{ op: "add", path: "/extra/rack", value: 7 }]);
    const refusal = { code: "IRONIC_REFUSED", reason: "power" };
    await expect(change()).rejects.toMatchObject(refusal);
    // In `enroll`, Ironic 37 and later delete them all the same.
    if (!hasFeature(await client().microversion(), "1.113")) {
      await expect(connectors.delete(connector.uuid)).rejects.toMatchObject(refusal);
      await expect(targets.delete(target.uuid)).rejects.toMatchObject(refusal);
    }
    await power("power off");
    expect(await change()).toMatchObject({ extra: { rack: 7 } });
    const patched = await targets.patch(target.uuid, [
      { op: "replace", path: "/properties/target_lun", value: 2 },
      { op: "remove", path: "/properties/auth_username" },
    ]);
    expect(patched).toMatchObject({ properties: { target_lun: 2, auth_password: MASK } });
    if (hasFeature(await client().microversion(), "1.113")) await power("power on");
    await connectors.delete(connector.uuid);
    await targets.delete(target.uuid);
    await expect(targets.get(target.uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
    await expect(connectors.get(connector.uuid)).rejects.toMatchObject({ code: "IRONIC_NOT_FOUND" });
    await client().deleteNode(node_uuid);
  }, 60_000);
}
