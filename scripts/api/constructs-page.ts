import type { EntryPoint, PublicExport, PublicMember } from "./declarations";

/** The page's sections and their exports, in the order of reading. */
const SECTIONS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ["Nodes", ["BareMetalNode", "BareMetalNodeProps", "NodePort", "RootDeviceHints", "FieldValue"]],
  ["Images", ["OciImage", "OciImageProps", "NodeSelector", "PinnedArtifact", "LockedPin"]],
  ["Secrets", ["PullSecret", "PullSecretOptions", "DockerConfigSecretOptions", "PullSecretForm"]],
  ["Synthesis", ["synthesize", "SynthesizeOptions", "LockMode", "ExtraChecks", "CONTEXT"]],
  ["Unit tests", ["pinsForTesting", "TestPin", "TestPins"]],
  [
    "Targets",
    [
      "IronicTarget",
      "IronicTargetOptions",
      "IronicResources",
      "NullTarget",
      "NullTargetOptions",
      "NodeTarget",
      "NodeConfiguration",
      "PortConfiguration",
    ],
  ],
];

/** docs/constructs.md: every prop and member of the constructs, from the docstrings of the built declarations. */
export function constructsPage({ exports }: EntryPoint): string {
  const sections = SECTIONS.map(([title, names]) => {
    const parts = names.map((name) => {
      const found = exports.find((each) => each.name === name);
      if (!found) throw new Error(`scripts/api/constructs-page.ts: ${name} is not exported`);
      return part(found);
    });
    return `## ${title}\n\n${parts.join("\n")}`;
  });
  return `<!-- Made by npm run docs from the docstrings of constructs/. -->

# Constructs: all props

\`import { BareMetalNode, OciImage, … } from "cdktf-ironic-oci"\`. Every string, number, boolean, list and map may be a CDKTF token (an
attribute of a resource, a variable, \`Fn.…\`, \`Lazy\`), alone or in the middle of a string, unless its description says that it is needed at
synth time. Props that are not marked *required* can be left out.

The classes of the provider's resources and data sources (\`import { ironic } from "cdktf-ironic-oci"\`) have the arguments of
[the provider](index.md) in camelCase: \`ironic.NodeV1\` is \`ironic_node_v1\`. Errors are listed in [errors.md](errors.md).

${sections.join("\n")}`;
}

function part({ name, docs, examples, members }: PublicExport): string {
  const shown = members.filter((member) => member.name !== "constructor" || member.docs !== "");
  const list = shown.map(line).join("\n");
  const code = examples.map((example) => `\n\`\`\`ts\n${example}\n\`\`\`\n`).join("");
  return `### ${name}\n\n${markdown(docs)}\n${code}${list === "" ? "" : `\n${list}\n`}`;
}

function line({ name, type, optional, docs, declaration }: PublicMember): string {
  if (name === "constructor") return `- \`new\`: ${inline(docs)}`;
  const isProp = declaration.parent.kind !== undefined && /Props$|Options$|^NodePort$/.test(ownerOf(declaration));
  const flags = [type && `\`${type}\``, isProp && !optional && "*required*"].filter(Boolean).join(", ");
  return `- \`${name}\`${flags && ` (${flags})`}: ${inline(docs)}`;
}

function ownerOf({ parent }: PublicMember["declaration"]): string {
  return "name" in parent ? ((parent.name as { readonly text?: string } | undefined)?.text ?? "") : "";
}

/** A docstring in a list's entry: one paragraph, and its list one level deeper. */
function inline(text: string): string {
  const [paragraph = "", ...items] = markdown(text).split(/\n+- /);
  return [
    paragraph.replaceAll(/\s*\n\s*/g, " "),
    ...items.map((item) => `  - ${item.replaceAll(/\s*\n\s*/g, " ")}`),
  ].join("\n");
}

/** `{@link Name}` as the name in code. */
function markdown(text: string): string {
  return text.replaceAll(/\{@link ([^}|]+?)\s*\}/g, "`$1`");
}
