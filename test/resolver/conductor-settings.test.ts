import { parseRelease, readSettings } from "../../src/resolver";
import { OsloConfiguration } from "../../src/resolver/conductor/settings/oslo-config";

const file = (text: string, path = "ironic.conf") => ({ path, text });
const parse = (...texts: string[]) => new OsloConfiguration(texts.map((text, index) => file(text, `${index}.conf`)));
const braced = (name: string) => `\${${name}}`;
const settings = (text: string, release = "39.0") => readSettings([file(text)], parseRelease(release));

describe("the dialect of oslo.config", () => {
  test.each([
    ["an equals sign", "[oci]\nkey = value", "value"],
    ["a colon", "[oci]\nkey: value", "value"],
    ["whichever stands first", "[oci]\nkey = a:b=c", "a:b=c"],
    ["a colon before an equals sign", "[oci]\nkey: a=b", "a=b"],
    ["quotes", '[oci]\nkey = "a value"', "a value"],
    ["single quotes", "[oci]\nkey = 'a value'", "a value"],
    ["quotes that are not closed", '[oci]\nkey = "a value', '"a value'],
    ["nothing", "[oci]\nkey =", ""],
    ["continuation lines", "[oci]\nkey = one\n  two\n\tthree\nother = x", "one\ntwo\nthree"],
    ["a blank line that ends it", "[oci]\nkey = one\n\nother = two", "one"],
    ["comments between", "[oci]\n# key = no\n; key = no\nkey = yes", "yes"],
    ["a hash that is no comment", "[oci]\nkey = a#b ; c", "a#b ; c"],
    ["the last of several", "[oci]\nkey = one\nkey = two", "two"],
    ["a section in parts", "[oci]\nkey = one\n[deploy]\nkey = no\n[oci]\nkey = two", "two"],
    ["a section in capitals", "[OCI]\nkey = value", "value"],
    ["Windows' line ends", "[oci]\r\nkey = value\r\n", "value"],
    ["no such key", "[oci]\nKey = value", undefined],
    ["another section", "[deploy]\nkey = value", undefined],
  ])("%s", (_what, text, expected) => {
    expect(parse(text).get("oci", "key")?.value).toBe(expected);
  });

  test("a later file's value counts before an earlier one's", () => {
    expect(parse("[oci]\nkey = one\nfirst = 1", "[oci]\nkey = two").get("oci", "key")).toEqual({
      value: "two",
      where: "1.conf:2",
    });
    expect(parse("[oci]\nkey = one\nfirst = 1", "[oci]\nkey = two").get("oci", "first")?.value).toBe("1");
  });

  test.each([
    ["of the same section", "$name", "[oci]\nname = own\n[DEFAULT]\nname = default", "own"],
    ["of DEFAULT", `/etc/${braced("name")}/x`, "[DEFAULT]\nname = default", "/etc/default/x"],
    ["of a named section", braced("deploy.name"), "[deploy]\nname = other", "other"],
    ["through another", "$name", "[oci]\nname = $deploy.name\n[deploy]\nname = end", "end"],
    ["a dollar sign, twice", "pa$$word", "", "pa$word"],
    ["a dollar sign after a backslash", "pa\\$name", "", "pa$name"],
    ["a dollar sign before what is no name", "costs $5", "", "costs $5"],
    ["a per cent sign", "%(name)s", "[DEFAULT]\nname = no", "%(name)s"],
  ])("a reference %s", (_what, value, rest, expected) => {
    expect(parse(`[oci]\nkey = ${value}\n${rest}`).get("oci", "key")?.value).toBe(expected);
  });

  test.each([
    ["no section", "key = hunter2", "ironic.conf:1: an assignment before any section"],
    ["neither", "[oci]\nhunter2", "ironic.conf:2: neither a section nor an assignment"],
    ["no key", "[oci]\n= hunter2", "ironic.conf:2: an assignment without a key"],
    ["a section that is not closed", "[oci\nkey = hunter2", "ironic.conf:1: a section is written as [name]"],
    ["a continuation of nothing", "[oci]\n  hunter2", "ironic.conf:2: a continuation line continues nothing"],
    ["an unknown name", "[oci]\nkey = hunter2 $name", "ironic.conf:2: refers to $name, which no file sets"],
    ["a circle", "[oci]\nkey = $key hunter2", "ironic.conf:2: $key refers to itself"],
  ])("%s is an error that names the line and shows no value", (_what, text, message) => {
    const read = () => new OsloConfiguration([file(text)]).get("oci", "key");
    expect(read).toThrow(expect.objectContaining({ code: "CONDUCTOR_CONFIGURATION" }));
    expect(read).toThrow(message);
    expect(read).not.toThrow(/hunter2/);
  });
});

describe("what counts of a conductor's configuration", () => {
  test("without a file every option has the release's default", () => {
    expect(readSettings([], parseRelease("39.0"))).toEqual({
      authenticationConfig: undefined,
      permitHttpFallback: false,
      verifyCa: true,
      verifyCaOption: "webserver_verify_ca",
      tlsMinimum: "TLSv1.3",
      imageServer: undefined,
      imageDownloadSource: "http",
      forceRawImages: true,
      streamRawImages: true,
      memoryConsumedByAgent: 0,
      conductorAlwaysValidatesImages: false,
      disableDeepImageInspection: false,
      permittedImageFormats: ["raw", "gpt", "qcow2", "iso"],
      hasHttpUrl: undefined,
      defaultBootInterface: undefined,
      defaultDeployInterface: undefined,
      enabledDeployInterfaces: undefined,
      autodetectDeployInterfaces: ["ramdisk", "bootc", "direct"],
      remarks: [],
    });
    expect(readSettings([], parseRelease("37.0")).tlsMinimum).toBe("TLSv1.2");
    expect(readSettings([], parseRelease("36.0")).tlsMinimum).toBeUndefined();
  });

  test("and with one, what it says", () => {
    const text = `[DEFAULT]
force_raw_images = No
webserver_tls_minimum_version = 1.2
webserver_verify_ca = /etc/ca.pem
default_boot_interface = ipxe
default_deploy_interface = autodetect
enabled_deploy_interfaces = direct, bootc,
autodetect_deploy_interfaces = bootc,direct
[agent]
image_download_source = local
stream_raw_images = off
memory_consumed_by_agent = 256
[conductor]
conductor_always_validates_images = on
disable_deep_image_inspection = 1
permitted_image_formats = raw
[deploy]
http_url = http://192.0.2.1
image_server_user = user
image_server_password = pa$$word
[oci]
authentication_config = /etc/auth.json
permit_fallback_to_http_transport = TRUE
`;
    expect(settings(text)).toEqual({
      authenticationConfig: "/etc/auth.json",
      permitHttpFallback: true,
      verifyCa: { path: "/etc/ca.pem" },
      verifyCaOption: "webserver_verify_ca",
      tlsMinimum: "TLSv1.2",
      imageServer: { username: "user", password: "pa$word" },
      imageDownloadSource: "local",
      forceRawImages: false,
      streamRawImages: false,
      memoryConsumedByAgent: 256,
      conductorAlwaysValidatesImages: true,
      disableDeepImageInspection: true,
      permittedImageFormats: ["raw"],
      hasHttpUrl: true,
      defaultBootInterface: "ipxe",
      defaultDeployInterface: "autodetect",
      enabledDeployInterfaces: ["direct", "bootc"],
      autodetectDeployInterfaces: ["bootc", "direct"],
      remarks: [],
    });
  });

  test.each([
    [
      "[oci]\nverify_ca = false",
      "38.0",
      "[oci]verify_ca is not known to Ironic 38.0, and is ignored: it came with 39.0",
    ],
    ["[oci]\npermit_fallback_to_http_transport = true", "33.0", "it came with 34.0"],
    ["[DEFAULT]\nwebserver_tls_minimum_version = 1.2", "36.0", "it came with 37.0"],
    ["[DEFAULT]\nwebserver_tls_ciphers = x", "36.0", "it came with 37.0"],
    ["[DEFAULT]\nautodetect_deploy_interfaces = bootc", "34.0", "it came with 35.0"],
    [
      "[deploy]\nimage_server_user = u\nimage_server_password = p",
      "33.0",
      "is not used for OCI registries by Ironic 33.0",
    ],
  ])("%j is as good as not there for %s, and that is told", (text, release, remark) => {
    const read = settings(text, release);
    expect(read.remarks[0]).toContain(remark);
    const { remarks: _remarks, hasHttpUrl: _url, enabledDeployInterfaces: _enabled, ...rest } = read;
    expect(readSettings([], parseRelease(release))).toMatchObject(rest);
  });

  test("ciphers are told to be left aside", () => {
    expect(settings("[DEFAULT]\nwebserver_tls_ciphers = ECDHE").remarks).toEqual([
      expect.stringContaining("is not tried out"),
    ]);
  });

  test.each([
    ["39.0", "[oci]\nverify_ca = no\n[DEFAULT]\nwebserver_verify_ca = yes", false],
    ["39.0", "[oci]\nverify_ca = /ca.pem", { path: "/ca.pem" }],
    ["39.0", "[oci]\nverify_ca = T", true],
    ["38.0", "[oci]\nverify_ca = no", true],
    ["38.0", "[DEFAULT]\nwebserver_verify_ca = F", false],
    ["37.0", "[DEFAULT]\nwebserver_verify_ca = /ca.pem", { path: "/ca.pem" }],
    ["36.0", "[DEFAULT]\nwebserver_verify_ca = /ca.pem", "refused"],
    ["35.0", "[DEFAULT]\nwebserver_verify_ca = /ca.pem", { path: "/ca.pem" }],
    ["34.0", "[DEFAULT]\nwebserver_verify_ca = /ca.pem", "refused"],
    ["29.0", "[DEFAULT]\nwebserver_verify_ca = /ca.pem", "refused"],
    ["29.0", "[DEFAULT]\nwebserver_verify_ca = False", false],
  ])("certificates are checked by %s with %j: %j", (release, text, expected) => {
    expect(settings(text, release).verifyCa).toEqual(expected);
  });

  test("one half of image_server_user and image_server_password is none", () => {
    expect(settings("[deploy]\nimage_server_user = u").imageServer).toBeUndefined();
    expect(settings("[deploy]\nimage_server_user = u\nimage_server_password =").imageServer).toBeUndefined();
  });

  test("what is enabled by default depends on the release", () => {
    expect(settings("[agent]", "34.0").enabledDeployInterfaces).toEqual(["direct", "ramdisk"]);
    expect(settings("[agent]", "35.0").enabledDeployInterfaces).toContain("autodetect");
  });

  test.each([
    ["[DEFAULT]\nforce_raw_images = hunter2", "[DEFAULT]force_raw_images is true or false"],
    ["[agent]\nimage_download_source = hunter2", "[agent]image_download_source is http or local or swift"],
    ["[agent]\nmemory_consumed_by_agent = hunter2", "[agent]memory_consumed_by_agent is a whole number"],
    ["[DEFAULT]\nwebserver_tls_minimum_version = 1.1", "[DEFAULT]webserver_tls_minimum_version is 1.2 or 1.3"],
  ])("%j is refused, as it is by Ironic", (text, message) => {
    expect(() => settings(text)).toThrow(`ironic.conf:2: ${message}, and nothing else`);
    expect(() => settings(text)).not.toThrow(/hunter2/);
  });
});
