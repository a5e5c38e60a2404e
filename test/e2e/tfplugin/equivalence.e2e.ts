import { type ToyProject, Toys } from "../support/toy";

// Semantic equality through the real Terraform, which checks each plan against configuration and prior state, and each result
// against its plan. The service answers in its own notation: lower-case addresses, "" and {} where nothing is set.
let toys: Toys;
let project: ToyProject;
beforeAll(async () => {
  toys = await Toys.install();
});
afterAll(() => toys.remove());

const fine = { code: 0, stderr: "" };
const main = (address: string, more = "") => `
resource "toy_device" "a" {
  address  = "${address}"
  fallback = "${address}"
  ports    = [{ address = "${address}" }]
  peers    = [{ address = "${address}" }, { address = "AA-02", note = "second" }]
  route {
    gateway = "${address}"
  }
  ${more}
}`;
const [UPPER, LOWER] = ["AA-BB-01", "aa:bb:01"];
const held = {
  ...{ address: UPPER, fallback: UPPER, kind: "generic", remark: null, labels: null, error: "", site: "main" },
  ports: [{ address: UPPER, driver: "driver-0" }],
  peers: expect.arrayContaining([
    { address: UPPER, note: null, uid: 8 },
    { address: "AA-02", note: "second", uid: 5 },
  ]),
  route: [{ gateway: UPPER, metric: 1 }],
};

beforeEach(async () => {
  project = await toys.project(main(UPPER));
  expect(await project.terraform.apply()).toMatchObject(fine);
});

test("state holds the configured notation, also after a refresh", async () => {
  expect((await project.terraform.resources())["toy_device.a"]?.values).toMatchObject(held);
  expect(await project.terraform.apply("-refresh-only")).toMatchObject(fine);
  expect((await project.terraform.resources())["toy_device.a"]?.values).toMatchObject(held);
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test.each([
  ["in another notation", LOWER, `kind = "GENERIC"`],
  ["with values that mean unset", UPPER, `remark = null\n  site = ""`],
  ["with a computed value, configured as it is", UPPER, `site = "main"`],
])("%s, it plans nothing", async (_, address, more) => {
  project.write(main(address, more));
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test("a change beside another notation is an update in place of that alone, and leaves no further change", async () => {
  project.write(main(LOWER, `remark = "new"\n  labels = { a = "1", b = null }`));
  const { "toy_device.a": change } = await project.terraform.changes();
  expect(change).toMatchObject({
    actions: ["update"],
    after: { ...held, remark: "new", labels: { a: "1", b: null } },
    after_unknown: { updates: true },
  });
  expect(await project.terraform.apply()).toMatchObject(fine);
  project.write(main(UPPER, `remark = "new"\n  labels = { a = "1" }`));
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test("empty values with null in state are what Terraform insists on; without them there is no change", async () => {
  project.write(main(UPPER, `remark = ""\n  labels = {}`));
  expect(await project.terraform.apply()).toMatchObject(fine);
  expect((await project.terraform.resources())["toy_device.a"]?.values).toMatchObject({ remark: "", labels: {} });
  project.write(main(UPPER));
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test("another meaning is a change: of one element of a set, and of the address, which replaces", async () => {
  project.write(main(UPPER).replace('"AA-02", note = "second"', '"AA-02", note = "other"'));
  expect(await project.terraform.changes()).toMatchObject({ "toy_device.a": { actions: ["update"] } });
  expect(await project.terraform.apply()).toMatchObject(fine);
  project.write(main("AA-03").replace('"AA-02", note = "second"', '"AA-02", note = "other"'));
  expect(await project.terraform.changes()).toMatchObject({
    "toy_device.a": { actions: ["delete", "create"], replace_paths: [["address"]] },
  });
  expect(await project.terraform.apply()).toMatchObject(fine);
});

test("elements of a set that differ in what one leaves unset: each is planned as configured, and again to nothing", async () => {
  const peers = (...elements: string[]) => main(UPPER).replace(/peers +=.*/, `peers = [${elements.join(", ")}]`);
  const [bare, noted] = [`{ address = "AA-05" }`, `{ address = "AA-05", note = "x" }`];
  for (const elements of [
    [bare, noted],
    [noted.replace("AA", "aa"), bare],
    [bare, noted.replace('"x"', '"y"')],
    [noted.replace('"x"', '""'), noted],
    [bare],
  ]) {
    project.write(peers(...elements));
    expect(await project.terraform.apply()).toMatchObject(fine);
    expect(await project.terraform.plan()).toMatchObject(fine);
  }
  const { values } = (await project.terraform.resources())["toy_device.a"] ?? {};
  expect(values?.peers).toEqual([{ address: "AA-05", note: null, uid: 5 }]);
});
