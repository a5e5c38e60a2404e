import { createCertificate } from "../../src/tfplugin/transport/certificate";
import {
  HandshakeError,
  handshakeLine,
  readHandshakeEnvironment,
  reattachConfig,
} from "../../src/tfplugin/transport/handshake";

const certificate = createCertificate();
const terraform = {
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "5,6",
  PLUGIN_CLIENT_CERT: certificate.pem,
  PLUGIN_MIN_PORT: "10000",
  PLUGIN_MAX_PORT: "25000",
};

test("what Terraform says is read", () => {
  expect(readHandshakeEnvironment(terraform, "toy")).toEqual({
    clientCertificate: certificate.pem,
    socketFolder: undefined,
    ports: { min: 10000, max: 25000 },
  });
  expect(readHandshakeEnvironment({ ...terraform, PLUGIN_UNIX_SOCKET_DIR: "/run/x" }, "toy").socketFolder).toBe(
    "/run/x",
  );
});

test.each([
  [{}],
  [{ PLUGIN_MIN_PORT: "x", PLUGIN_MAX_PORT: "y" }],
  [{ PLUGIN_MIN_PORT: "9", PLUGIN_MAX_PORT: "8" }],
  [{ PLUGIN_MIN_PORT: "1", PLUGIN_MAX_PORT: "70000" }],
])("ports that are no range are any port: %j", (ports) => {
  const { PLUGIN_MIN_PORT: _min, PLUGIN_MAX_PORT: _max, ...rest } = terraform;
  expect(readHandshakeEnvironment({ ...rest, ...ports }, "toy").ports).toBeUndefined();
});

test.each([
  ["not started by Terraform", { TF_PLUGIN_MAGIC_COOKIE: undefined }, "It is not run by hand"],
  ["started by something else", { TF_PLUGIN_MAGIC_COOKIE: "x" }, "It is not run by hand"],
  [
    "by a Terraform of another protocol",
    { PLUGIN_PROTOCOL_VERSIONS: "4,5" },
    "speaks plugin protocol 6, and this Terraform speaks 4,5",
  ],
  ["without a certificate", { PLUGIN_CLIENT_CERT: "" }, "PLUGIN_CLIENT_CERT is not set"],
])("refuses to serve: %s", (_, changed, message) => {
  const read = () => readHandshakeEnvironment({ ...terraform, ...changed }, "toy");
  expect(read).toThrow(HandshakeError);
  expect(read).toThrow(message);
});

test("the answer is one line, the certificate in base64 without padding", () => {
  const certificate = createCertificate();
  const line = handshakeLine({ network: "unix", address: "/tmp/x" }, certificate);
  expect(line.startsWith("1|6|unix|/tmp/x|grpc|")).toBe(true);
  expect(line).toMatch(/^[^\n=]+\n$/);
  expect(Buffer.from(line.trim().split("|")[5] ?? "", "base64")).toEqual(certificate.der);
});

test("the configuration for reattaching is what Terraform reads from the environment", () => {
  const config = reattachConfig("registry.terraform.io/example/toy", { network: "unix", address: "/tmp/x" }, 42);
  expect(JSON.parse(config)).toEqual({
    "registry.terraform.io/example/toy": {
      Protocol: "grpc",
      ProtocolVersion: 6,
      Pid: 42,
      Test: true,
      Addr: { Network: "unix", String: "/tmp/x" },
    },
  });
});
