import { IronicClient } from "../../../src/ironic";
import { changePower, reached } from "../../../src/provider/node/power";
import { InProcessIronic } from "../../../src/testing/ironic";

test.each([
  ["power on", "power on"],
  ["power off", "power off"],
  ["soft power off", "power off"],
  ["rebooting", "power on"],
  ["soft rebooting", "power on"],
])("%s ends in %s", (target, state) => {
  expect(reached(target)).toBe(state);
});

describe("in Ironic", () => {
  let ironic: InProcessIronic;
  let client: IronicClient;
  let node: string;
  beforeEach(async () => {
    ironic = await InProcessIronic.start({ work: 1 });
    client = new IronicClient({ url: ironic.url });
    node = String(ironic.store.createNode({ driver: "fake-hardware", name: "n" }).uuid);
  });
  afterEach(async () => {
    await client.close();
    await ironic.stop();
  });
  const change = (target: string, timeout: number | null = null) =>
    changePower(client, node, target, timeout, new AbortController().signal);
  const actions = () =>
    ironic.requests.flatMap(({ method, body }) =>
      method === "PUT" ? [body as { target: string; timeout?: number }] : [],
    );

  test.each(["power on", "power off", "soft power off", "rebooting"])("%s is waited for", async (target) => {
    await change(target, 30);
    expect(ironic.store.node(node).power_state).toBe(reached(target));
    expect(actions()).toEqual([{ target, timeout: 30 }]);
  });

  test("a node that Ironic made its own child is asked to shut down", async () => {
    Object.assign(ironic.store.node(node), { parent_node: node });
    await change("power off");
    expect(actions().map(({ target }) => target)).toEqual(["power off", "soft power off"]);
    expect(ironic.store.node(node).power_state).toBe("power off");
  });

  test("one that does not get there is an error with Ironic's words", async () => {
    ironic.intercept = (request, response) => {
      if (request.method !== "PUT") return false;
      Object.assign(ironic.store.node(node), {
        power_state: "power off",
        target_power_state: null,
        last_error: "no BMC",
      });
      response.writeHead(202).end();
      return true;
    };
    await expect(change("power on")).rejects.toMatchObject({
      message: 'The node is not in power state "power on"',
      detail: expect.stringContaining("no BMC"),
      path: ["target_power_state"],
    });
  });
});
