import { Fn, Token } from "cdktf";
import type { Construct } from "constructs";
import { BOOT_FILES } from "../../src/artifact-fields";
import { OciImage } from "../oci-image";
import { PinRegistry, releaseInContext } from "../pin-registry";
import { PinnedArtifact } from "../pinned-artifact";
import type { PullSecret } from "../secret";
import { isToken } from "../tokens";
import { type FieldValue, type InstanceConfiguration, imageFields, type NodeArtifacts } from "./configuration";
import { isBootc, neededInterface, type ParsedDeploymentProps } from "./deployment-schema";

/** Props of boot files, of which a construct has some. */
type BootFileProps = Readonly<Partial<Record<(typeof BOOT_FILES)[number]["prop"] & string, string | undefined>>>;

/** The fields of the artifacts whose props are older than the other ones. */
const ALIASES: Readonly<Record<string, keyof NodeArtifacts>> = { deployKernel: "kernel", deployRamdisk: "ramdisk" };

/** The artifacts of a construct; a missing pin of a boot file fails the construct's validation. */
export function artifactsOf(construct: Construct, props: ParsedDeploymentProps & BootFileProps): NodeArtifacts {
  const ironicRelease = props.ironicRelease ?? releaseInContext(construct);
  const { cpuArch: architecture } = props;
  const image = imageOf(construct, props, ironicRelease);
  const files = BOOT_FILES.flatMap(({ prop, role }) => {
    const source = prop && props[prop];
    if (prop === undefined || source === undefined) return [];
    const request = { source, role, expect: undefined, architecture, imageDownloadSource: undefined, ironicRelease };
    return [[ALIASES[prop] ?? prop, PinnedArtifact.create(construct, request)] as const];
  });
  if (files.length > 0)
    construct.node.addValidation({ validate: () => files.flatMap(([, artifact]) => artifact.problems()) });
  return { image, kernel: undefined, ramdisk: undefined, ...Object.fromEntries(files) };
}

function imageOf(
  construct: Construct,
  { image, cpuArch: architecture, imageDownloadSource }: ParsedDeploymentProps,
  ironicRelease: string | undefined,
): PinnedArtifact | undefined {
  if (image === undefined) return undefined;
  // The image may be in another part of the tree, whose context has another release.
  const owner = typeof image === "string" ? new OciImage(construct, "image", { source: image }) : image;
  const artifact = owner.forNode({ architecture, imageDownloadSource, ironicRelease });
  artifact.addRequester(construct);
  return artifact;
}

/** The pinned URLs of one of Ironic's fields, by their keys. */
export function pinnedFields(field: "driver_info" | "instance_info", artifacts: NodeArtifacts): Record<string, string> {
  return Object.fromEntries(
    BOOT_FILES.flatMap(({ prop, field: other, key }) => {
      const artifact = prop && artifacts[ALIASES[prop] ?? (prop as keyof NodeArtifacts)];
      return artifact && field === other ? [[key, artifact.url]] : [];
    }),
  );
}

/** The deploy interface: the chosen one, else what the props need. */
export function deployInterfaceOf(props: ParsedDeploymentProps): string | undefined {
  return props.deployInterface ?? neededInterface(props);
}

/**
 * A pull secret in the form of its reader: the conductor, or for a bootc container's image the agent's podman, to which Ironic passes
 * it on.
 */
export function pullSecretFor(
  construct: Construct,
  secret: PullSecret,
  props: ParsedDeploymentProps,
  forImage: boolean,
): PullSecret {
  const forAgent = forImage && deployInterfaceOf(props) === "bootc";
  return secret.inForm(() =>
    forAgent ? "auth" : PinRegistry.of(construct).pullSecretForm(construct, props.ironicRelease),
  );
}

/** What is deployed, as targets get it. */
export function instanceConfiguration(
  construct: Construct,
  props: ParsedDeploymentProps,
  artifacts: NodeArtifacts,
): InstanceConfiguration {
  const { imagePullSecret, userData, metadata, networkData, deploySteps } = props;
  const { image } = artifacts;
  return {
    instance_info: {
      ...(image && imageFields({ ...props, url: image.url, kind: isBootc(props.image) ? "bootc" : "disk" })),
      ...pinnedFields("instance_info", artifacts),
      ...(props.bootcAuthorizedKeys !== undefined && {
        bootc_authorized_keys: joinLines(props.bootcAuthorizedKeys),
      }),
      // The provider sends text, and the agent takes any text for true: false, its default, is left out.
      ...(props.bootcTpm2Luks && { bootc_tpm2_luks: true }),
    },
    instance_info_secrets: imagePullSecret
      ? { image_pull_secret: pullSecretFor(construct, imagePullSecret, props, true) }
      : {},
    config_drive: {
      ...(userData !== undefined && { user_data: userData }),
      ...(metadata !== undefined && { meta_data: metadata }),
      ...(networkData !== undefined && { network_data: networkData }),
    },
    deploy_steps: deploySteps === undefined ? undefined : stepsOf(deploySteps),
    protected: props.protected,
    artifacts,
  };
}

/** Deploy steps by Ironic's schema, which requires `args`. */
function stepsOf(steps: NonNullable<ParsedDeploymentProps["deploySteps"]>): readonly FieldValue[] {
  if (isToken(steps)) return steps as unknown as FieldValue[];
  return steps.map((each): FieldValue => {
    if (isToken(each)) return each as unknown as FieldValue;
    const { interface: name, step, args = {}, priority } = each;
    return { interface: name, step, args, priority };
  });
}

/** Lines of a file as one text; Terraform joins a list that is a token. */
function joinLines(lines: string | readonly string[]): string {
  if (typeof lines === "string") return lines;
  return isToken(lines) ? Token.asString(Fn.join("\n", [...lines])) : lines.join("\n");
}
