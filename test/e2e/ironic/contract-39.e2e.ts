import { IronicClient } from "../../../src/ironic";
import { collectionsContract } from "../../ironic/contract-collections";
import { startIronic } from "../support/ironic";

// The part of the contract that a newer Ironic may have changed: the whole of it is for 29.
let ironic: Awaited<ReturnType<typeof startIronic>>;
let client: IronicClient;
beforeAll(async () => {
  ironic = await startIronic("noauth", { suite: "sid" });
  client = new IronicClient({ url: ironic.url });
});
afterAll(async () => {
  await client?.close();
  await ironic?.stop();
});

describe("a real Ironic 39", () => {
  collectionsContract(
    () => client,
    () => client.createNode({ driver: "fake-hardware", name: "collections" }),
  );
});
