import { AnnotationMetadataEntryType } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { preparesImage, waitsForAgent } from "../../src/deploy-interface";
import { type DeployWarning, throughMemory, withoutPort } from "../../src/deploy-warnings";
import { NotPinnedError } from "../errors";
import type { PinnedArtifact } from "../pinned-artifact";
import { isToken } from "../tokens";
import type { ParsedNodeProps } from "./props";

type Props = Pick<ParsedNodeProps, "driver" | "deployInterface" | "imageDownloadSource" | "ports" | "portGroups">;

/** Warns of a node whose image is deployed by an agent, and that has no port by which Ironic would recognise the agent. */
export function warnOfMissingPort(node: Construct, { driver, deployInterface, ports, portGroups }: Props): void {
  if (ports !== undefined || portGroups !== undefined) return;
  // The default of a driver is `direct` or `autodetect`, except for the hardware type of tests.
  const agent = deployInterface === undefined ? !isFake(driver) : waitsForAgent(deployInterface);
  if (!agent) return;
  const remedy = "Give it ports, or an empty list of them if they are made elsewhere, such as by inspection.";
  warn(node, withoutPort("This node", deployInterface, remedy));
}

/** Warns of a pinned disk image that the agent downloads into memory. Its size is known at synth time. */
export function warnOfMemory(
  node: Construct,
  props: Pick<Props, "deployInterface" | "imageDownloadSource">,
  image: PinnedArtifact,
): void {
  const { imageDownloadSource, deployInterface } = props;
  if (imageDownloadSource !== "http" || !preparesImage(deployInterface)) return;
  let warned = false;
  const validate = () => {
    const pin = warned ? undefined : pinOf(image);
    if (pin && pin.asPinned?.kind !== "bootc") {
      warned = true;
      warn(node, throughMemory(pin.size));
    }
    return [];
  };
  node.node.addValidation({ validate });
}

/** Undefined when there is no pin: the image's validation reports that. */
function pinOf(image: PinnedArtifact) {
  try {
    return image.pin();
  } catch (error) {
    if (error instanceof NotPinnedError) return undefined;
    throw error;
  }
}

function isFake(driver: string): boolean {
  return driver === "fake-hardware" || isToken(driver);
}

/**
 * Adds a warning as `Annotations.of(node).addWarning` does, for the CDKTF command line to show with the construct's path; but
 * without a stack trace, which is slow for ten thousand nodes.
 */
function warn(node: Construct, { summary, detail }: DeployWarning): void {
  const message = `${summary}: ${detail}`;
  node.node.addMetadata(AnnotationMetadataEntryType.WARN, message, { stackTrace: false });
  const { root } = node.node;
  const messages = unprinted.get(root) ?? new Map<string, string[]>();
  const paths = messages.get(message) ?? [];
  paths.push(node.node.path);
  unprinted.set(root, messages.set(message, paths));
}

/** By root of the tree: each warning with the paths of its nodes. */
const unprinted = new WeakMap<IConstruct, Map<string, string[]>>();

/** The warnings of a tree since the last call: each text once, with the paths of its nodes. */
export function takeWarnings(root: IConstruct): ReadonlyMap<string, readonly string[]> {
  const messages = unprinted.get(root) ?? new Map<string, string[]>();
  unprinted.delete(root);
  return messages;
}
