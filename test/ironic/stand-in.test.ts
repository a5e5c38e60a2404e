import { InProcessIronic } from "../../src/testing/ironic";
import { ironicContract } from "./contract";

ironicContract("the in-process Ironic", () => InProcessIronic.start());

const credentials = { username: "admin", password: "stand-in-password" };
ironicContract("the in-process Ironic with http_basic", async () => {
  const ironic = await InProcessIronic.start({ credentials });
  return { url: ironic.url, credentials, stop: () => ironic.stop() };
});
