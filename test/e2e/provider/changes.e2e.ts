import type { JsonObject } from "../../../src/ironic";
import { InProcessIronic } from "../../../src/testing/ironic";
import { Projects } from "./project";

// What users change next: what is planned for it, and what Ironic is asked to do. All of it is one configuration.
const DIGEST = `sha256:${"a".repeat(64)}`;
const node = (body: string) => `resource "ironic_node_v1" "N" {\n  driver = "fake-hardware"\n  ${body}\n}\n`;
const deployment = (body: string) => `resource "ironic_deployment" "N" {\n  ${body}\n}\n`;
const IMAGE = `instance_info = { image_source = "oci://registry.example/fcos@${DIGEST}" }`;

interface Change {
  readonly what: string;
  /** In both, N is the resources' name. */
  readonly first: string;
  readonly second: string;
  /** The resources that are updated in place; nothing else happens to any. */
  readonly updated: readonly string[];
  /** Every request that changes something. */
  readonly written: readonly string[];
}

const NODE = "ironic_node_v1";
const DEPLOYMENT = "ironic_deployment";
const INFO = (more = "") => `driver_info = { redfish_address = "https://bmc"${more} }`;

const CHANGES: readonly Change[] = [
  {
    what: "a new name",
    first: node('name = "N-one"'),
    second: node('name = "N-two"'),
    updated: [NODE],
    written: ["PATCH nodes replace /name"],
  },
  {
    what: "no name any more",
    first: node('name = "N-one"'),
    second: node(""),
    updated: [NODE],
    written: ["PATCH nodes remove /name"],
  },
  {
    what: "keys that are gone from maps",
    first: node(
      'extra = { a = "1", b = "2" }\n  properties = { cpu_arch = "x86_64", c = "3" }\n  root_device = { size = 1 }',
    ),
    second: node('extra = { a = "1" }\n  properties = { cpu_arch = "x86_64" }'),
    updated: [NODE],
    written: ["PATCH nodes remove /properties/c remove /properties/root_device remove /extra/b"],
  },
  {
    what: "a key that is null now",
    first: node('extra = { a = "1", b = "2", c = null }'),
    second: node('extra = { a = "1", b = null }'),
    updated: [NODE],
    written: ["PATCH nodes remove /extra/b"],
  },
  {
    what: "an empty map where nothing was said, and the other way round",
    first: node("extra = {}\n  ports = []"),
    second: node("properties = {}"),
    updated: [NODE],
    written: [],
  },
  {
    what: "the agent's kernel out of driver_info into its own argument",
    first: node(INFO(', deploy_kernel = "http://k"')),
    second: node(`${INFO()}\n  deploy_kernel = "http://k"`),
    updated: [NODE],
    written: [],
  },
  {
    what: "a password out of driver_info into what is only written",
    first: node(INFO(', redfish_password = "hunter2"')),
    second: node(`${INFO()}\n  driver_info_wo = { redfish_password = "hunter2" }\n  driver_info_wo_version = 1`),
    updated: [NODE],
    written: ["PATCH nodes replace /driver_info/redfish_password"],
  },
  {
    what: "a secret that is no longer given",
    first: node(`${INFO()}\n  driver_info_wo = { redfish_password = "hunter2" }\n  driver_info_wo_version = 1`),
    second: node(INFO()),
    updated: [NODE],
    written: ["PATCH nodes remove /driver_info/redfish_password"],
  },
  {
    what: "ports in another order, and an address in other letters",
    first: node('ports = [{ address = "52:54:00:aa:00:01" }, { address = "52:54:00:aa:00:02" }]'),
    second: node('ports = [{ address = "52:54:00:AA:00:02" }, { address = "52-54-00-aa-00-01" }]'),
    updated: [],
    written: [],
  },
  {
    what: "one port more",
    first: node('ports = [{ address = "52:54:00:aa:00:01" }]'),
    second: node('ports = [{ address = "52:54:00:aa:00:01" }, { address = "52:54:00:aa:00:02" }]'),
    updated: [NODE],
    written: ["POST ports"],
  },
  {
    what: "from enrolled to available, with a change beside",
    first: node(""),
    second: node('available = true\n  extra = { a = "1" }'),
    updated: [NODE],
    written: ["PATCH nodes add /extra/a", "PUT nodes states provision manage", "PUT nodes states provision provide"],
  },
  {
    what: "no longer available",
    first: node("available = true"),
    second: node("available = false"),
    updated: [NODE],
    written: ["PUT nodes states provision manage"],
  },
  {
    what: "flags and settings that are gone: what was done stays done",
    first: node('available = true\n  inspect = true\n  power_state_timeout = 30\n  target_power_state = "power on"'),
    second: node(""),
    updated: [NODE],
    written: [],
  },
  {
    what: "a node by its name where it was by its UUID",
    first: node('name = "N"\n  available = true') + deployment(`node_uuid = ironic_node_v1.N.id\n  ${IMAGE}`),
    second: node('name = "N"\n  available = true') + deployment(`node_uuid = ironic_node_v1.N.name\n  ${IMAGE}`),
    updated: [],
    written: [],
  },
  {
    what: "a deployment's name and timeouts, which the machine knows nothing of",
    first: node("available = true") + deployment(`node_uuid = ironic_node_v1.N.id\n  ${IMAGE}`),
    second:
      node("available = true") +
      deployment(`node_uuid = ironic_node_v1.N.id\n  name = "d"\n  ${IMAGE}\n  timeouts {\n    update = "5m"\n  }`),
    updated: [DEPLOYMENT],
    written: [],
  },
  {
    what: "capabilities in another order",
    first:
      node("available = true") +
      deployment(`node_uuid = ironic_node_v1.N.id\n  ${IMAGE.replace(" }", ', capabilities = "a:1,b:2" }')}`),
    second:
      node("available = true") +
      deployment(`node_uuid = ironic_node_v1.N.id\n  ${IMAGE.replace(" }", ', capabilities = "b:2,a:1" }')}`),
    updated: [],
    written: [],
  },
  {
    what: "user data",
    first: node("available = true") + deployment(`node_uuid = ironic_node_v1.N.id\n  ${IMAGE}`),
    second: node("available = true") + deployment(`node_uuid = ironic_node_v1.N.id\n  user_data = "x"\n  ${IMAGE}`),
    updated: [DEPLOYMENT],
    written: [
      "PATCH nodes add /instance_info/terraform_config_drive add /instance_info/terraform_unfinished",
      "PUT nodes states provision rebuild",
      "PATCH nodes remove /instance_info/terraform_unfinished",
    ],
  },
  {
    what: "a port at a node by its name",
    first: `${node('name = "N"')}resource "ironic_port_v1" "N" {\n  node_uuid = ironic_node_v1.N.name\n  address = "52:54:00:aa:00:01"\n}\n`,
    second: `${node('name = "N"')}resource "ironic_port_v1" "N" {\n  node_uuid = ironic_node_v1.N.id\n  address = "52-54-00-AA-00-01"\n}\n`,
    updated: [],
    written: [],
  },
];

const cases = CHANGES.map((change, index) => {
  // Addresses are anybody's only once.
  const own = (configuration: string) =>
    configuration
      .replaceAll(/\bN\b/g, `n${index}`)
      .replaceAll(/52([:-])54[:-]00[:-]aa[:-]00/gi, `52$154$100$1${10 + index}$100`);
  return { ...change, label: `n${index}`, first: own(change.first), second: own(change.second) };
});

let projects: Projects;
let ironic: InProcessIronic;
let planned: readonly string[];
let after: readonly string[];
/** What was written, by the node that it was for. */
const written = new Map<string, string[]>();

beforeAll(async () => {
  projects = await Projects.install();
  ironic = await InProcessIronic.start();
  const project = await projects.project(ironic, cases.map(({ first }) => first).join(""));
  await project.apply();
  expect(await project.planned()).toEqual([]);
  project.write(cases.map(({ second }) => second).join(""));
  planned = await project.planned();
  const from = ironic.requests.length;
  await project.apply();
  after = await project.planned();
  const labels = Object.entries(await project.terraform.resources()).map(([address, { values }]) => {
    const [, label = ""] = address.split(".");
    return [String(values.id), label] as const;
  });
  for (const { method, url, body } of ironic.requests.slice(from)) {
    if (method === "GET") continue;
    const [, label = "nobody"] =
      labels.find(([id]) => url.includes(id) || JSON.stringify(body ?? null).includes(id)) ?? [];
    written.set(label, [...(written.get(label) ?? []), inShort(method, url, body)]);
  }
}, 300_000);
afterAll(async () => {
  await ironic.stop();
  projects.remove();
});

function inShort(method: string, url: string, body: unknown): string {
  const operations = Array.isArray(body) ? (body as JsonObject[]).map(({ op, path }) => `${op} ${path}`) : [];
  const target = (body as JsonObject | undefined)?.target;
  const [, , what = "", , ...more] = url.split("?")[0]?.split("/") ?? [];
  return [method, what, ...more, ...(target ? [target] : []), ...operations].join(" ");
}

test.each(cases)("$what", ({ label, updated, written: expected }) => {
  expect(planned.filter((each) => each.endsWith(`.${label}`))).toEqual(
    updated.map((type) => `update ${type}.${label}`),
  );
  expect(written.get(label) ?? []).toEqual(expected);
});

test("after that there is nothing left to do", () => {
  expect(after).toEqual([]);
  expect(written.has("nobody")).toBe(false);
});
