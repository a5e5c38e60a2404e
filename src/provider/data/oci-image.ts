import { throughMemory } from "../../deploy-warnings";
import type { LockedPin, PinQuery } from "../../lock";
import { InvalidReferenceError, Reference } from "../../reference";
import type { OciResolver, Pin } from "../../resolver";
import { type ArtifactClass, aRole, NEWEST_RELEASE, ROLES, type Role, SelectionError } from "../../selection";
import type { PolicyRules } from "../../signing";
import {
  block,
  computed,
  lengthBetween,
  nested,
  oneOf,
  optional,
  ProviderError,
  required,
  schema,
  t,
  type Validator,
} from "../../tfplugin";
import { toProviderError } from "../diagnostics";
import { dataSource } from "../plugin";
import { isReference } from "../shared/validators";
import { lockedPin } from "./locked-pin";

/** An empty text, such as the default of a variable, names nothing. */
const notEmpty: Validator<string> = (text) => (text === "" ? "must not be empty: null leaves it out" : undefined);

const ociImageSchema = schema({
  description:
    "The manifest that Ironic would select for an OCI reference, by digest. With `lock_file`, it stays the same until it is updated; without, it is resolved again in every plan.",
  attributes: {
    source: required(t.string, {
      description: "OCI reference: `oci://host/path:tag` or `oci://host/path@digest`.",
      validate: isReference,
    }),
    role: optional(t.string, {
      description: "Use of the artifact: `image`, `kernel`, `ramdisk`, `iso` or `bootloader`. Default: `image`.",
      validate: oneOf(...ROLES),
    }),
    expect: optional(t.string, {
      description:
        "Expected class of the image: `disk`, or `bootc` for a container that is installed with the deploy interface `bootc`. It is an error if Ironic would deploy the pinned image as another class. For images only. Default: `disk`.",
      validate: oneOf("disk", "bootc"),
    }),
    architecture: optional(t.string, {
      description:
        "CPU architecture of the node (`cpu_arch` of its properties). Without it the index's order decides between architectures, with a warning.",
      validate: lengthBetween(1, 255) as Validator<string>,
    }),
    image_download_source: optional(t.string, {
      description: "`image_download_source` of the node or the deployment: `local` or `http`.",
      validate: oneOf("local", "http"),
    }),
    lock_file: optional(t.string, {
      description:
        'Lock file that keeps the pin, relative to the folder that Terraform runs in; `""` for none. A plan uses the locked pin, without the registry, and locks one that is missing. In CI (`CI=true`) with an existing lock file, a missing pin is an error; `IRONIC_OCI_LOCK=frozen`, `prefer` or `update` chooses otherwise. `ironic-oci outdated` and `ironic-oci update` work with the same file. Default: `lock_file` of the provider.',
    }),
    verified_by: computed(t.string, {
      description:
        "Who has signed the image, as verified: `key sha256:…`, or the identity and its issuer. Null where no signature is required.",
    }),
    locked: computed(t.bool, { description: "Whether the pin is in a lock file." }),
    url: computed(t.string, { description: "Pinned URL, `oci://host/path@sha256:…`, for `image_source`." }),
    digest: computed(t.string, { description: "Digest of the selected manifest." }),
    tag_digest: computed(t.string, {
      description: "Digest to which the tag points: the index, or the manifest itself.",
    }),
    disk_format: computed(t.string, {
      description:
        "Disk format that Ironic reports for `source`: `raw`, `qcow2`, `bootc` or `unknown`. For `url` see `as_pinned_disk_format`.",
    }),
    as_pinned_kind: computed(t.string, {
      description:
        "Class as which Ironic deploys `url`, for which other rules apply than for a tag: `disk` or `bootc`. On a machine that was installed from a pinned bootc container, `bootc upgrade` finds no newer image: it follows the digest.",
    }),
    as_pinned_disk_format: computed(t.string, {
      description: "Disk format that Ironic reports for `url`: `bootc`, or `unknown` for every disk image.",
    }),
    ironic_release: computed(t.string, {
      description: `Ironic release whose selection rules were applied: the provider's \`ironic_release\`, or the newest known release, \`${NEWEST_RELEASE.version}\`.`,
    }),
    release_assumed: computed(t.bool, {
      description: "Whether `ironic_release` was assumed because the provider block does not configure it.",
    }),
    blob_digest: computed(t.string, { description: "Digest of the blob: the file that is downloaded." }),
    checksum: computed(t.string, { description: "SHA-256 of the blob, in hex." }),
    size: computed(t.integer, { description: "Size of the blob in bytes." }),
    file_name: computed(t.string, { description: "File name of the blob, from its annotations." }),
    media_type: computed(t.string, { description: "Media type of the blob." }),
    compression: computed(t.string, { description: "Compression of the blob: `gzip`, `zstd` or null." }),
    considered: computed(
      nested.list({
        digest: computed(t.string, { description: "Digest of the manifest." }),
        outcome: computed(t.string, { description: "`won`, or a code for the reason of the rejection." }),
        reason: computed(t.string, { description: "The reason as text." }),
      }),
      { description: "All candidate manifests, in the order of the index." },
    ),
  },
  blocks: {
    verification: block.single({
      description:
        "Who must have signed the image: it is an error if it is not signed by one of them. Default: `ironic-oci.policy.json` beside the lock file, if there is one. See [Signatures](../guides/signatures.md).",
      attributes: {
        policy_file: optional(t.string, {
          validate: notEmpty,
          description:
            "Policy that says who must have signed which images, relative to the folder that Terraform runs in; not with the other arguments.",
        }),
        key: optional(t.string, {
          validate: notEmpty,
          description:
            "Public key of the signer: the path of a file that `cosign generate-key-pair` writes, or its text (PEM).",
        }),
        certificate_identity: optional(t.string, {
          validate: notEmpty,
          description: "Identity in the signer's certificate: an e-mail address or URL; `*` stands for any characters.",
        }),
        certificate_oidc_issuer: optional(t.string, {
          validate: notEmpty,
          description: "OIDC issuer that has proven the identity; exact.",
        }),
        trusted_root: optional(t.string, {
          validate: notEmpty,
          description:
            "Path of a trusted root, as `cosign trusted-root create` writes it. Default: sigstore's public services.",
        }),
      },
    }),
  },
});

/**
 * The error of a resolution. If it is about the access to a registry, it names the way to destroy without: Terraform reads data sources
 * before each plan, that of a destroy included, unless it is told not to refresh (Terraform 1.11; a provider can't tell such a read
 * from another).
 */
function resolutionError(error: unknown): unknown {
  const known = toProviderError(error);
  if (known === undefined || error instanceof SelectionError) return error;
  const isReferenceFault = error instanceof InvalidReferenceError;
  const way = "To destroy without the image: terraform destroy -refresh=false, which reads no data sources.";
  const detail = isReferenceFault ? known.detail : `${known.detail}\n\n${way}`;
  return new ProviderError(known.message, { detail, path: isReferenceFault ? ["source"] : known.path, cause: error });
}

type Verification = Readonly<
  Record<"policy_file" | "key" | "certificate_identity" | "certificate_oidc_issuer" | "trusted_root", string | null>
> | null;

/** What the data source shows of a pin. */
interface Shown {
  readonly pin: Omit<LockedPin, "reason">;
  readonly considered: readonly Pick<Pin["considered"][number], "digest" | "outcome" | "reason">[];
  readonly undecided: string | undefined;
  readonly unrecorded?: string | undefined;
}

async function resolved(
  source: string,
  node: Omit<PinQuery, "reference" | "profile">,
  resolver: OciResolver,
  signal: AbortSignal,
): Promise<Shown> {
  const { warnings, ...pin } = await resolver.resolve(source, { ...node, signal });
  return {
    pin: { ...pin, warnings: warnings.map(({ message }) => message) },
    considered: pin.considered,
    undecided: resolver.undecidedArchitecture(pin, node.architecture),
  };
}

/** The lock file has the selected manifest only, not the other candidates. */
async function locked(
  path: string,
  source: string,
  query: Omit<PinQuery, "reference">,
  resolver: OciResolver,
  signal: AbortSignal,
): Promise<Shown> {
  const { pin, ...warnings } = await lockedPin(
    path,
    { ...query, reference: Reference.parse(source) },
    resolver,
    signal,
  );
  const { digest, reason } = pin;
  return { pin, considered: [{ digest, outcome: "won", reason }], ...warnings };
}

/** Loaded on use, as the resolver is. */
function signing(): typeof import("../../signing") {
  return require("../../signing") as typeof import("../../signing");
}

/** @throws {ProviderError} when the arguments contradict each other */
function policyOf(verification: Verification, lockFile: string): string | PolicyRules | undefined {
  if (verification === null) return lockFile === "" ? undefined : signing().policyBeside(lockFile);
  const { policy_file: file, key, certificate_identity: identity, certificate_oidc_issuer: issuer } = verification;
  const wrong = (detail: string) =>
    new ProviderError("verification does not say who must have signed", { detail, path: ["verification"] });
  if ((identity === null) !== (issuer === null)) {
    throw wrong("certificate_identity and certificate_oidc_issuer belong together.");
  }
  const trustedRoot = verification.trusted_root ?? undefined;
  const signedBy = [
    ...(key === null ? [] : [{ key, trustedRoot }]),
    ...(identity === null || issuer === null ? [] : [{ identity, issuer, trustedRoot }]),
  ];
  if (file !== null) {
    if (signedBy.length > 0 || trustedRoot !== undefined)
      throw wrong("policy_file stands alone: it names the signers.");
    return file;
  }
  if (signedBy.length === 0) {
    throw wrong("Set key, or certificate_identity and certificate_oidc_issuer, or policy_file.");
  }
  return { rules: [{ repositories: ["*"], signedBy }] };
}

export const ociImage = dataSource(ociImageSchema, {
  async read({ config, client: session, signal, diagnostics }) {
    const role = (config.role ?? "image") as Role;
    if (role !== "image" && config.expect !== null) {
      throw new ProviderError(`expect does not apply to ${aRole(role)}`, {
        detail: "Only images have a class; everything else is a file. Remove expect.",
        path: ["expect"],
      });
    }
    const { release, assumed } = session.release();
    const lockFile = config.lock_file ?? session.lockFile() ?? "";
    const expect = (config.expect ?? undefined) as ArtifactClass | undefined;
    const node = {
      role,
      expect,
      architecture: config.architecture ?? undefined,
      imageDownloadSource: (config.image_download_source ?? undefined) as "local" | "http" | undefined,
    };
    const resolver = session.resolver(policyOf(config.verification, lockFile));
    const { pin, considered, undecided, unrecorded } = await (lockFile === ""
      ? resolved(config.source, node, resolver, signal)
      : locked(lockFile, config.source, { ...node, profile: release.profile }, resolver, signal)
    ).catch((error: unknown) => {
      throw resolutionError(error);
    });
    if (undecided !== undefined) {
      diagnostics.warning("The image's architecture is not decided", { detail: undecided, path: ["source"] });
    }
    if (unrecorded !== undefined) diagnostics.warning("The lock file can't be written", { detail: unrecorded });
    for (const warning of pin.warnings) diagnostics.warning("Image warning", { detail: warning, path: ["source"] });
    if (role === "image" && pin.asPinned?.kind === "disk" && config.image_download_source === "http") {
      const { summary, detail } = throughMemory(pin.size);
      diagnostics.warning(summary, { detail, path: ["image_download_source"] });
      session.warnedOfMemory.add(pin.url);
    }
    return {
      ...config,
      url: pin.url,
      digest: pin.digest,
      tag_digest: pin.tagDigest,
      disk_format: pin.diskFormat,
      locked: lockFile !== "",
      verified_by: pin.verified ? signing().describeVerified(pin.verified) : null,
      as_pinned_kind: pin.asPinned?.kind ?? null,
      as_pinned_disk_format: pin.asPinned?.diskFormat ?? null,
      ironic_release: release.version,
      release_assumed: assumed,
      blob_digest: pin.blobDigest ?? null,
      checksum: pin.checksum ?? null,
      size: pin.size ?? null,
      file_name: pin.fileName ?? null,
      media_type: pin.mediaType ?? null,
      compression: pin.compression ?? null,
      considered: considered.map(({ digest = null, outcome, reason }) => ({ digest, outcome, reason })),
    };
  },
});
