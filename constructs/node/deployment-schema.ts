import { type IResolvable, Tokenization } from "cdktf";
import * as z from "zod";
import { BOOTC_SUPPORT, parseRelease, profileFor, UnknownReleaseError } from "../../src/resolver";
import { firmwareFault, STEP_INTERFACES } from "../../src/step-facts";
import { OciImage } from "../oci-image";
import {
  boolean,
  downloadSource,
  known,
  knownText,
  literal,
  objectOf,
  orToken,
  type PropProblem,
  parsedBy,
  reference,
  text,
} from "../prop-schema";
import type { NodeTarget } from "../targets/target";
import { asList, asMap, asText, isToken } from "../tokens";
import type { FieldValue } from "./configuration";
import { fields, secret } from "./values";

/** Whether an image is expected to be a bootc container. */
export function isBootc(image: OciImage | string | undefined): boolean {
  return image instanceof OciImage && image.expect === "bootc";
}

/** Deploy interfaces that can't deploy a container (Ironic, `enabled_deploy_interfaces`). */
const NOT_FOR_CONTAINERS = ["direct", "ramdisk", "anaconda", "ansible"];

/** A line of an authorized_keys file (sshd(8)): options, the kind of key, the key in base64, a comment. */
const KEY_LINE =
  /(?:^|\s)(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-nistp\d+|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+[A-Za-z0-9+/]{20,}={0,3}(?:\s|$)/;

function keysFault(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text)) return "holds a private key: give the public one (….pub)";
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) return "holds no key";
  return keys.every((line) => KEY_LINE.test(line))
    ? undefined
    : "has a line that is not a public key in the form of authorized_keys (ssh-ed25519 AAAA… comment)";
}

const publicKeys = orToken(
  z.string().superRefine((text, context) => {
    const fault = keysFault(text);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  }),
  asText,
);
const publicKeyList = orToken(z.array(publicKeys).min(1, "holds no key"), asList);

/** A number is accepted for programs without types, and because the context may hold one. */
const releaseText = z.preprocess(
  (value) => (typeof value === "number" && !isToken(value) ? String(value) : value),
  known(z.string()),
);

const release = releaseText.superRefine((value, context) => {
  try {
    parseRelease(value);
  } catch (error) {
    if (!(error instanceof UnknownReleaseError)) throw error;
    context.addIssue({ code: "custom", message: `${error.message}; ${error.hint}` });
  }
});

function bootcIsUnknownTo(ironicRelease: string): boolean {
  try {
    return profileFor(ironicRelease) === "ironic-29";
  } catch {
    // Reported by the check of ironicRelease.
    return false;
  }
}

const notToken = known(z.never(), "; give the OciImage itself, not its url");

const image = z.unknown().transform((value, context): OciImage | string => {
  if (value instanceof OciImage) return value;
  if (typeof value === "string" && value !== "" && !isToken(value)) return parsedBy(reference, value, context);
  if (isToken(value)) return parsedBy(notToken, value, context);
  const message = "must be an OciImage, or a reference (oci://host/path:tag)";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const PRIORITY = "must be a whole number from 0";

const stepFields = objectOf({
  interface: literal(new RegExp(`^(?:${STEP_INTERFACES.join("|")})$`), `must be one of ${STEP_INTERFACES.join(", ")}`),
  step: text,
  args: fields.optional(),
  priority: orToken<number | string | IResolvable>(
    z.number(PRIORITY).int(PRIORITY).min(0, PRIORITY),
    // Ironic takes digits as well.
    (token) => (typeof token === "string" ? asText(token) : (token as number | IResolvable)),
  ),
}).superRefine((step, context) => {
  const fault = firmwareFault(step);
  if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
});
type Step = z.infer<typeof stepFields>;
/** A step that is a token has Ironic's names, which are the same. */
const deploySteps = orToken<Step[]>(
  z.array(orToken<Step>(stepFields, asMap as (token: unknown) => Step)),
  (token) => asList(token) as unknown as Step[],
);

const DURATION = "must be a duration such as 90s, 30m or 1h30m";
/** Not zero, as the provider has it. */
const duration = literal(/^(?=.*[1-9])(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/, DURATION);
/** Timeouts of a resource's operations. */
export const operationTimeouts = objectOf({
  create: duration.optional(),
  update: duration.optional(),
  delete: duration.optional(),
});

/** The props of what is deployed. */
export const DEPLOYMENT = {
  cpuArch: knownText.optional(),
  deployInterface: text.optional(),
  userData: z
    .unknown()
    .transform((value, context) =>
      parsedBy<string | Record<string, FieldValue>>(
        typeof value === "object" && value !== null && !Tokenization.isResolvable(value) ? fields : text,
        value,
        context,
      ),
    )
    .optional(),
  metadata: fields.optional(),
  networkData: fields.optional(),
  deploySteps: deploySteps.optional(),
  protected: boolean.optional(),
  image: image.optional(),
  imageDownloadSource: downloadSource.optional(),
  instanceKernel: reference.optional(),
  instanceRamdisk: reference.optional(),
  bootIso: reference.optional(),
  bootcAuthorizedKeys: z
    .unknown()
    .transform((value, context) =>
      parsedBy<string | string[]>(Array.isArray(value) ? publicKeyList : publicKeys, value, context),
    )
    .optional(),
  bootcTpm2Luks: known(z.boolean()).optional(),
  imagePullSecret: secret.optional(),
  ironicRelease: release.optional(),
  target: z
    .custom<NodeTarget>((value) => typeof (value as NodeTarget | null)?.create === "function", "is not a target")
    .optional(),
};

export type ParsedDeploymentProps = z.infer<z.ZodObject<typeof DEPLOYMENT>>;

/** Whether something is deployed: a disk image, or what the deploy interface `ramdisk` boots. */
export function isDeployed({ image, bootIso, instanceKernel }: Partial<ParsedDeploymentProps>): boolean {
  return image !== undefined || bootIso !== undefined || instanceKernel !== undefined;
}

/** The deploy interface that the props need where none is chosen. */
export function neededInterface(props: ParsedDeploymentProps): "bootc" | "ramdisk" | undefined {
  if (isBootc(props.image)) return "bootc";
  return props.image === undefined && isDeployed(props) ? "ramdisk" : undefined;
}

/** Props that need something to be deployed. */
const NEED_DEPLOYMENT = ["userData", "metadata", "networkData", "deploySteps", "protected"] as const;
/** Deploy interfaces that boot neither an ISO image nor a kernel of the instance. */
const NOT_FOR_RAMDISKS = ["direct", "ansible", "bootc", "anaconda", "custom-agent"];

/**
 * Contradictions between props that are right by themselves.
 * @param wrong the props that are wrong: others depend on them
 */
export function deploymentConflicts(props: Partial<ParsedDeploymentProps>, wrong: ReadonlySet<unknown>): PropProblem[] {
  const problems: PropProblem[] = [];
  const conflict = (name: keyof ParsedDeploymentProps, message: string) =>
    void problems.push({ path: [name], message });
  const { image, bootIso, instanceKernel, instanceRamdisk, deployInterface } = props;
  if (image !== undefined && bootIso !== undefined) conflict("bootIso", "can't be beside image: Ironic deploys either");
  if (
    (instanceKernel === undefined) !== (instanceRamdisk === undefined) &&
    !wrong.has("instanceKernel") &&
    !wrong.has("instanceRamdisk")
  ) {
    const [name, other] =
      instanceKernel === undefined
        ? (["instanceRamdisk", "instanceKernel"] as const)
        : (["instanceKernel", "instanceRamdisk"] as const);
    conflict(name, `needs ${other}: Ironic uses neither alone`);
  }
  if (wrong.has("image")) return problems;
  if (props.imagePullSecret !== undefined && image === undefined) {
    conflict("imagePullSecret", "has no effect without an image");
  }
  for (const name of wrong.has("bootIso") || wrong.has("instanceKernel") ? [] : NEED_DEPLOYMENT) {
    if (props[name] !== undefined && !isDeployed(props)) conflict(name, "has no effect without an image");
  }
  const bootc = isBootc(image);
  if (!bootc) {
    const older = props.ironicRelease !== undefined && bootcIsUnknownTo(props.ironicRelease);
    const give = older ? "give a disk image" : 'give the image as new OciImage(…, { expect: "bootc" })';
    const wanted = `for bootc containers only, and ${BOOTC_SUPPORT}: ${give}`;
    if (props.bootcAuthorizedKeys !== undefined) conflict("bootcAuthorizedKeys", `is ${wanted}`);
    if (props.bootcTpm2Luks !== undefined) conflict("bootcTpm2Luks", `is ${wanted}`);
    if (image !== undefined && deployInterface === "bootc") conflict("deployInterface", `bootc is ${wanted}`);
  } else if (deployInterface !== undefined && NOT_FOR_CONTAINERS.includes(deployInterface)) {
    const instead = "use bootc, which is the default for it, or autodetect (Ironic 35 and later)";
    conflict(
      "deployInterface",
      `${deployInterface} can't deploy the bootc container that the image is expected to be: ${instead}`,
    );
  }
  const bootsRamdisk = image === undefined && isDeployed(props);
  if (bootsRamdisk && deployInterface !== undefined && NOT_FOR_RAMDISKS.includes(deployInterface)) {
    const what = bootIso === undefined ? "a kernel of the instance" : "a boot ISO";
    conflict("deployInterface", `${deployInterface} does not boot ${what}: use ramdisk, which is the default for it`);
  }
  return problems;
}
