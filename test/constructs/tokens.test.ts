import { App, Fn, Lazy, TerraformStack, TerraformVariable, Testing, Token } from "cdktf";
import {
  BareMetalDeployment,
  type BareMetalDeploymentProps,
  BareMetalNode,
  type BareMetalNodeProps,
  IronicTarget,
  type NodeTarget,
  NullTarget,
  OciImage,
  type OciImageProps,
  PullSecret,
  pinsForTesting,
} from "cdktf-ironic-oci";

const OS = "oci://registry.example/images/os:1";
const BOOTC = "oci://registry.example/images/bootc:1";

/** A value in each of CDKTF's encodings, made of the variables `text`, `number`, `list`, `map` and `flag` of a stack. */
type Encoding = (stack: TerraformStack) => unknown;
const variable = (stack: TerraformStack, name: string) =>
  (stack.node.tryFindChild(name) as TerraformVariable | undefined) ?? new TerraformVariable(stack, name, {});

const TEXTS: Record<string, Encoding> = {
  "a string token": (stack) => variable(stack, "text").stringValue,
  "a token in a string": (stack) => `a-${variable(stack, "text").stringValue}-z`,
  "a number token in a string": (stack) => `a-${variable(stack, "number").numberValue}-z`,
  "two tokens in a string": (stack) =>
    `${variable(stack, "text").stringValue}:${variable(stack, "number").numberValue}`,
  "Fn.lower": (stack) => Fn.lower(variable(stack, "text").stringValue),
  "Fn.join in a string": (stack) => `a${Fn.join("-", [variable(stack, "text").stringValue, "b"])}`,
  "Fn.element": (stack) => Fn.element(variable(stack, "list").listValue, 0),
  "Lazy.stringValue": (stack) => Lazy.stringValue({ produce: () => variable(stack, "text").stringValue }),
  "Lazy.anyValue": (stack) => Lazy.anyValue({ produce: () => variable(stack, "text").stringValue }),
  "an IResolvable": (stack) => variable(stack, "text").value,
};
const NUMBERS: Record<string, Encoding> = {
  "a number token": (stack) => variable(stack, "number").numberValue,
  "Fn.tonumber": (stack) => Fn.tonumber(variable(stack, "text").stringValue),
  "Lazy.numberValue": (stack) => Lazy.numberValue({ produce: () => variable(stack, "number").numberValue }),
  "an IResolvable": (stack) => variable(stack, "number").value,
};
const BOOLEANS: Record<string, Encoding> = {
  "an IResolvable": (stack) => variable(stack, "flag").booleanValue,
  "Fn.tobool": (stack) => Fn.tobool(variable(stack, "text").stringValue),
  "Lazy.anyValue": (stack) => Lazy.anyValue({ produce: () => variable(stack, "flag").booleanValue }),
};
const LISTS: Record<string, Encoding> = {
  "a list token": (stack) => variable(stack, "list").listValue,
  "Fn.tolist": (stack) => Fn.tolist(variable(stack, "list").listValue),
  "Fn.concat": (stack) => Fn.concat([variable(stack, "list").listValue, ["CUSTOM_A"]]),
  "Lazy.listValue": (stack) => Lazy.listValue({ produce: () => variable(stack, "list").listValue }),
  "an IResolvable": (stack) => variable(stack, "list").value,
};
const MAPS: Record<string, Encoding> = {
  "a string map token": (stack) => Token.asStringMap(variable(stack, "map").value),
  "an any map token": (stack) => Token.asAnyMap(variable(stack, "map").value),
  "a number map token": (stack) => Token.asNumberMap(variable(stack, "map").value),
  "Fn.merge": (stack) => Fn.merge([variable(stack, "map").value, { key: "value" }]),
  "Lazy.anyValue": (stack) => Lazy.anyValue({ produce: () => variable(stack, "map").value }),
  "an IResolvable": (stack) => variable(stack, "map").value,
};
const inList = (encodings: Record<string, Encoding>): Record<string, Encoding> =>
  Object.fromEntries(Object.entries(encodings).map(([name, make]) => [`${name} in a list`, (stack) => [make(stack)]]));
const under = (key: string, encodings: Record<string, Encoding>): Record<string, Encoding> =>
  Object.fromEntries(
    Object.entries(encodings).map(([name, make]) => [`${name} as ${key}`, (stack) => ({ [key]: make(stack) })]),
  );
const ANY = { ...TEXTS, ...NUMBERS, ...BOOLEANS, ...LISTS, ...MAPS };
const ENTRIES = { ...MAPS, ...under("key", ANY) };
const FIELDS = {
  ...ENTRIES,
  ...under("nested", under("deep", ANY)),
  ...under("in_list", inList(ANY)),
};

/** Deploy steps, whole and by member. */
const step = (encodings: Record<string, Encoding>, member: string): Record<string, Encoding> =>
  inList(
    Object.fromEntries(
      Object.entries(under(member, encodings)).map(([name, make]): [string, Encoding] => [
        name,
        (stack) => ({ interface: "deploy", step: "erase", priority: 10, ...(make(stack) as object) }),
      ]),
    ),
  );
const STEPS = {
  ...LISTS,
  ...step(TEXTS, "interface"),
  ...step(TEXTS, "step"),
  ...step(ENTRIES, "args"),
  ...step({ ...NUMBERS, ...TEXTS }, "priority"),
};

type Props = Record<keyof BareMetalNodeProps, unknown>;
/** Every prop of a node: the encodings that it takes, or why it takes none. */
const KNOWN = "must be known at synth time";
const NODE: { readonly [Name in keyof Props]: Record<string, Encoding> | string } = {
  name: TEXTS,
  driver: TEXTS,
  driverInfo: { ...FIELDS, ...under("redfish_password", TEXTS), ...under("redfish_password", NUMBERS) },
  properties: { ...FIELDS, ...under("root_device", MAPS) },
  cpuArch: KNOWN,
  capabilities: { ...MAPS, ...under("boot_mode", TEXTS) },
  rootDevice: {
    ...MAPS,
    ...under("size", { ...TEXTS, ...NUMBERS }),
    ...under("rotational", BOOLEANS),
    ...under("byPath", TEXTS),
    ...under("serial", TEXTS),
  },
  biosInterface: TEXTS,
  bootInterface: TEXTS,
  consoleInterface: TEXTS,
  deployInterface: TEXTS,
  firmwareInterface: TEXTS,
  inspectInterface: TEXTS,
  managementInterface: TEXTS,
  networkInterface: TEXTS,
  powerInterface: TEXTS,
  raidInterface: TEXTS,
  rescueInterface: TEXTS,
  storageInterface: TEXTS,
  vendorInterface: TEXTS,
  resourceClass: TEXTS,
  traits: { ...LISTS, ...inList(TEXTS) },
  extra: FIELDS,
  description: TEXTS,
  userData: { ...TEXTS, ...FIELDS },
  metadata: FIELDS,
  networkData: FIELDS,
  protected: BOOLEANS,
  adopt: BOOLEANS,
  ports: {
    ...inList(under("address", TEXTS)),
    ...inList(withAddress(under("pxeEnabled", BOOLEANS))),
    ...inList(withAddress(under("physicalNetwork", TEXTS))),
  },
  image: KNOWN,
  imageDownloadSource: KNOWN,
  bootcAuthorizedKeys: { ...TEXTS, ...LISTS, ...inList(TEXTS) },
  bootcTpm2Luks: KNOWN,
  portGroups: {
    ...inList(inBond(under("name", TEXTS))),
    ...inList(inBond(under("mode", TEXTS))),
    ...inList(inBond(under("address", TEXTS))),
    ...inList(inBond(under("standalonePortsSupported", BOOLEANS))),
    ...inList(inBond(under("properties", ENTRIES))),
    ...inList(under("ports", inList(under("address", TEXTS)))),
    ...inList(under("ports", inList(withAddress(under("pxeEnabled", BOOLEANS))))),
  },
  deploySteps: STEPS,
  timeouts: {
    ...under("node", under("create", TEXTS)),
    ...under("node", under("update", TEXTS)),
    ...under("node", under("delete", TEXTS)),
  },
  deployKernel: KNOWN,
  deployRamdisk: KNOWN,
  deployIso: KNOWN,
  rescueKernel: KNOWN,
  rescueRamdisk: KNOWN,
  rescueIso: KNOWN,
  bootloader: KNOWN,
  instanceKernel: KNOWN,
  instanceRamdisk: KNOWN,
  bootIso: KNOWN,
  imagePullSecret: "never as a string",
  deployPullSecret: "never as a string",
  ironicRelease: KNOWN,
  target: "is not a target",
};

function inBond(encodings: Record<string, Encoding>): Record<string, Encoding> {
  const entries = Object.entries(encodings).map(([name, make]): [string, Encoding] => [
    name,
    (stack) => ({ ports: [{ address: "52:54:00:00:00:02" }], ...(make(stack) as object) }),
  ]);
  return Object.fromEntries(entries);
}

function withAddress(encodings: Record<string, Encoding>): Record<string, Encoding> {
  const entries = Object.entries(encodings).map(([name, make]): [string, Encoding] => [
    name,
    (stack) => ({ address: "52:54:00:00:00:01", ...(make(stack) as object) }),
  ]);
  return Object.fromEntries(entries);
}

const TARGETS: Record<string, () => NodeTarget> = {
  null: () => new NullTarget(),
  ironic: () => new IronicTarget(),
  "ironic without an image, available": () => new IronicTarget({ withoutImage: "available" }),
};

function synthesized(build: (stack: TerraformStack) => void): string {
  const app = Testing.app();
  pinsForTesting(app);
  const stack = new TerraformStack(app, "rack-1");
  build(stack);
  return Testing.synth(stack, true);
}

/** A node with one prop; what that prop needs beside it is added. */
function node(stack: TerraformStack, name: string, value: unknown, target: NodeTarget): void {
  const bootc =
    name.startsWith("bootc") || target instanceof IronicTarget === false ? { expect: "bootc" as const } : {};
  const image = name === "image" ? undefined : new OciImage(stack, "os", { source: BOOTC, ...bootc });
  const wantsImage = /^(bootc|userData|metadata|networkData|deploySteps|protected|adopt)/.test(name);
  new BareMetalNode(stack, "node-0", {
    driver: "redfish",
    deployKernel: "oci://registry.example/ipa:kernel",
    cpuArch: "x86_64",
    target,
    ...(wantsImage && { image }),
    [name]: value,
  } as BareMetalNodeProps);
}

const passing = Object.entries(NODE).flatMap(([prop, encodings]) =>
  typeof encodings === "string"
    ? []
    : Object.entries(encodings).flatMap(([encoding, make]) =>
        Object.entries(TARGETS).map(([target, of]) => ({ prop, encoding, target, make, of })),
      ),
);

test.each(Object.keys(NODE).filter((prop) => typeof NODE[prop as keyof Props] !== "string"))(
  "%s takes tokens of every encoding, with every target",
  (prop) => {
    const failed = passing
      .filter((each) => each.prop === prop)
      .flatMap(({ encoding, target, make, of }) => {
        try {
          const json = synthesized((stack) => node(stack, prop, make(stack), of()));
          const resources = JSON.stringify(JSON.parse(json).resource);
          // The value has to be in the resource, and nothing of the encodings.
          // A timeout is no reason to replace the null target's resource.
          const isLeftOut = prop === "timeouts" && target === "null";
          if (!isLeftOut && !/var\.(?:text|number|list|map|flag)\b/.test(resources))
            return [`${encoding}, ${target}: lost: ${resources}`];
          if (/TfToken|Token Value|e\+\d{3}|\[object|known at synth/.test(resources))
            return [`${encoding}, ${target}: ${resources}`];
          return [];
        } catch (error) {
          return [`${encoding}, ${target}: ${String(error)}`];
        }
      });
    expect(failed).toEqual([]);
  },
);

/** The props of a deployment that a node does not have. */
const DEPLOYMENT: Record<string, Record<string, Encoding>> = {
  node: TEXTS,
  allocation: {
    ...inClass(under("resourceClass", TEXTS)),
    ...inClass(under("name", TEXTS)),
    ...inClass(under("traits", { ...LISTS, ...inList(TEXTS) })),
    ...inClass(under("candidateNodes", { ...LISTS, ...inList(TEXTS) })),
  },
};

function inClass(encodings: Record<string, Encoding>): Record<string, Encoding> {
  const entries = Object.entries(encodings).map(([name, make]): [string, Encoding] => [
    name,
    (stack) => ({ resourceClass: "baremetal", ...(make(stack) as object) }),
  ]);
  return Object.fromEntries(entries);
}

test.each(Object.keys(DEPLOYMENT))(
  "BareMetalDeployment: %s takes tokens of every encoding, with every target",
  (prop) => {
    const failed = Object.entries(DEPLOYMENT[prop] ?? {}).flatMap(([encoding, make]) =>
      [new NullTarget(), new IronicTarget()].flatMap((target) => {
        try {
          const json = synthesized((stack) => {
            const props = { image: OS, cpuArch: "x86_64", target, [prop]: make(stack) };
            new BareMetalDeployment(stack, "d", props as BareMetalDeploymentProps);
          });
          const resources = JSON.stringify(JSON.parse(json).resource);
          const isRight =
            /var\.(?:text|number|list)\b/.test(resources) && !/TfToken|Token Value|e\+\d{3}/.test(resources);
          return isRight ? [] : [`${encoding}: ${resources}`];
        } catch (error) {
          return [`${encoding}: ${String(error)}`];
        }
      }),
    );
    expect(failed).toEqual([]);
  },
);

test.each(Object.entries(NODE).filter(([, reason]) => typeof reason === "string"))(
  "%s takes none, and says so",
  (prop, reason) => {
    for (const [encoding, make] of Object.entries(ANY)) {
      const message = () => synthesized((stack) => node(stack, prop, make(stack), new NullTarget()));
      expect([encoding, errorOf(message)]).toEqual([encoding, expect.stringContaining(`${prop}: `)]);
      expect([encoding, errorOf(message)]).toEqual([encoding, expect.stringContaining(reason as string)]);
    }
  },
);

const ref = (expression: string) => `\${${expression}}`;

function errorOf(run: () => unknown): string {
  try {
    run();
    return "";
  } catch (error) {
    return String(error);
  }
}

test("ports as a whole take none, because each is a resource", () => {
  for (const make of Object.values(LISTS)) {
    const run = () => synthesized((stack) => node(stack, "ports", make(stack), new NullTarget()));
    expect(errorOf(run)).toContain("ports: must be known at synth time: a token can't be used here, because each port");
  }
});

test.each(["source", "expect", "architecture", "imageDownloadSource"])(
  "OciImage: %s takes none, and says so",
  (prop) => {
    for (const make of Object.values(TEXTS)) {
      const run = () =>
        synthesized((stack) => void new OciImage(stack, "os", { source: OS, [prop]: make(stack) } as OciImageProps));
      expect(errorOf(run)).toMatch(new RegExp(`InvalidPropsError: rack-1/os: ${prop}: `));
    }
  },
);

test("a target's options that decide something take none, and say so", () => {
  for (const make of Object.values(TEXTS)) {
    const run = () =>
      synthesized((stack) => {
        const target = new IronicTarget({ withoutImage: make(stack) as "enroll" });
        new BareMetalNode(stack, "node-0", { driver: "redfish", target });
      });
    expect(errorOf(run)).toContain("withoutImage: must be one of enroll, manageable, available");
  }
});

test.each(Object.entries(TEXTS))("PullSecret.fromToken takes %s", (_name, make) => {
  const json = synthesized((stack) => {
    const secret = PullSecret.fromToken(make(stack) as string);
    new BareMetalNode(stack, "node-0", { driver: "redfish", deployPullSecret: secret, target: new IronicTarget() });
    new BareMetalNode(stack, "node-1", { driver: "redfish", deployPullSecret: secret, target: new NullTarget() });
  });
  const { ironic_node_v1, null_resource } = JSON.parse(json).resource;
  expect(ironic_node_v1["node-0"].image_pull_secret_wo).toMatch(/var\.(?:text|number|list)/);
  expect(null_resource["node-1"].triggers["driver_info.image_pull_secret"]).toMatch(/var\.(?:text|number|list)/);
});

test("PullSecret.fromDockerConfig takes tokens for host and path, and its version and form none", () => {
  for (const make of Object.values(TEXTS)) {
    const json = synthesized((stack) => {
      const secret = PullSecret.fromDockerConfig(make(stack) as string, make(stack) as string);
      new BareMetalNode(stack, "node-0", { driver: "redfish", deployPullSecret: secret, target: new IronicTarget() });
    });
    expect(JSON.parse(json).resource.ironic_node_v1["node-0"].image_pull_secret_wo).toMatch(
      /var\.(?:text|number|list)/,
    );
  }
  const stack = new TerraformStack(new App(), "rack-1");
  const { numberValue, stringValue } = new TerraformVariable(stack, "v", {});
  expect(() => PullSecret.fromToken(stringValue, { version: numberValue })).toThrow("known at synth time");
  expect(() => PullSecret.fromDockerConfig("h", "p", { form: stringValue as "auth" })).toThrow(
    '"user:password" or "auth"',
  );
  expect(() => PullSecret.fromVariable(stack, stringValue)).toThrow("is not a valid name");
});

test("a token whose type is not known before synthesis is a text where it is one, and JSON where it is not", () => {
  const json = synthesized((stack) => {
    const lazy = (produce: () => unknown) => Lazy.anyValue({ produce });
    const extra = {
      text: variable(stack, "text").value,
      flag: variable(stack, "flag").booleanValue,
      literal: lazy(() => "abc"),
      number: lazy(() => 7),
      object: lazy(() => ({ a: [variable(stack, "text").stringValue, 1] })),
    };
    new BareMetalNode(stack, "i", { driver: "redfish", extra, target: new IronicTarget() });
    new BareMetalNode(stack, "n", { driver: "redfish", extra, target: new NullTarget() });
  });
  const { ironic_node_v1, null_resource } = JSON.parse(json).resource;
  const expected = {
    text: ref("var.text"),
    flag: ref("var.flag"),
    literal: "abc",
    number: "7",
    object: ref('jsonencode({"a" = [var.text, 1]})'),
  };
  expect(ironic_node_v1.i.extra).toEqual(expected);
  const triggers = Object.entries(expected).map(([key, value]) => [`extra.${key}`, value]);
  expect(null_resource.n.triggers).toMatchObject(Object.fromEntries(triggers));
});
