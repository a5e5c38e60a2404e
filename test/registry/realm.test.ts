import { addressScope } from "../../src/net";
import { pullSecrets } from "../../src/registry";
import { realmFault } from "../../src/registry/auth/realm";
import { faults } from "../../src/testing/registry";
import { clientFor, rejection, serveOne } from "./support";

/** Every way to write a host that leads into this machine. The URL parser makes one of many of them. */
const LOOPBACK = [
  "localhost",
  "LocalHost.",
  "registry.localhost",
  "localhost.localdomain",
  "localhost6.localdomain6",
  "ip6-localhost",
  "ip6-loopback",
  "127.0.0.1",
  "127.1",
  "127.255.255.254",
  "2130706433", // decimal
  "0x7f000001", // hexadecimal
  "0x7f.1",
  "017700000001", // octal
  "0177.0.0.01",
  "１２７.0.0.1", // full-width digits
  "127。0。0。1", // ideographic full stops
  "127.0.0.1.",
  "0.0.0.0",
  "0",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::]",
  "[::ffff:127.0.0.1]", // IPv4-mapped
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:127.0.0.1]",
  "[::127.0.0.1]", // IPv4-compatible
  "[::ffff:0:127.0.0.1]", // IPv4-translated
  "[64:ff9b::127.0.0.1]", // NAT64
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]", // 6to4
];

const LINK_LOCAL = [
  "169.254.169.254",
  "169.254.0.1",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "[fe80::1]",
  "[febf::1]",
  "[::ffff:169.254.169.254]",
  "[64:ff9b::a9fe:a9fe]",
  "[2002:a9fe:a9fe::]",
  "[fd00:ec2::254]",
];

const REMOTE = [
  "registry.example",
  "localhost.example",
  "notlocalhost",
  "127.0.0.1.example",
  "10.0.0.1",
  "192.168.0.1",
  "128.0.0.1",
  "169.253.1.1",
  "[2001:db8::1]",
  "[fec0::1]",
  "[::ffff:10.0.0.1]",
  "[64:ff9b::8.8.8.8]",
  "[fd00::1]",
];

describe("where a host leads", () => {
  test.each(LOOPBACK)("%s: into this machine", (host) => {
    expect(addressScope(new URL(`http://${host}/`).hostname)).toBe("loopback");
  });
  test.each(LINK_LOCAL)("%s: onto its link", (host) => {
    expect(addressScope(new URL(`http://${host}/`).hostname)).toBe("link-local");
  });
  test.each(REMOTE)("%s: away", (host) => {
    expect(addressScope(new URL(`http://${host}/`).hostname)).toBe("remote");
  });
});

describe("a token realm", () => {
  const fault = (realm: string, registry: string) => realmFault(new URL(realm), new URL(registry));

  test.each([...LOOPBACK, ...LINK_LOCAL])("at %s, of a registry elsewhere, is refused", (host) => {
    expect(fault(`https://${host}/token`, "https://registry.example")).toMatch(/loopback|link-local/);
    expect(fault(`http://${host}/token`, "http://registry.example")).toMatch(/loopback|link-local/);
  });

  test("where the registry is, too, is fine", () => {
    expect(fault("http://127.0.0.1:5001/token", "http://127.0.0.1:5000")).toBeUndefined();
    expect(fault("https://[::1]:5001/token", "https://localhost:5000")).toBeUndefined();
    expect(fault("http://169.254.1.1/token", "http://169.254.1.2")).toBeUndefined();
    expect(fault("https://auth.example/token", "https://registry.example")).toBeUndefined();
    expect(fault("https://auth.example/token", "http://registry.example")).toBeUndefined();
  });

  test("that is plain HTTP, of a registry that is not, is refused", () => {
    expect(fault("http://auth.example/token", "https://registry.example")).toContain("plain HTTP");
  });

  test("of another local scope is not: loopback is not link-local", () => {
    expect(fault("http://169.254.169.254/", "http://127.0.0.1:5000")).toContain("link-local");
    expect(fault("http://127.0.0.1/", "http://169.254.1.2")).toContain("loopback");
  });

  test("on another port than was listed for plain HTTP gets nothing", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.status(401, {
      headers: { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/token",service="s"' },
    });
    const credentials = pullSecrets({ [registry.host]: "robot:hunter2" });
    const error = await rejection(clientFor(registry, { credentials }).getManifest(at));
    expect(error.message).toContain("plain HTTP to 127.0.0.1:1 was refused");
    expect(registry.requests).toHaveLength(1);
  });
});
