/**
 * The command line `ironic-oci`: subcommands, options and help texts. Entry point: `run`, which returns the exit code.
 *
 * Each subcommand is a module of its own, loaded by `require` in its action: help and usage errors load neither lock, registry
 * client nor provider delivery. `main.ts` is the executable and answers `--version` without this module.
 *
 * The CLI may import every module of src except testing.
 */
import { Command, CommanderError } from "commander";
import { printableJson } from "../reference";
import { version } from "../version";
import { EXIT, type Io, UsageError } from "./io";
import {
  addAccessOptions,
  addAnnotationOptions,
  addArtifactOptions,
  addConductorOptions,
  addConnectionOptions,
  addCredentialsOption,
  addExpectOption,
  addImportOptions,
  addInstallOptions,
  addJsonOption,
  addLockOption,
  addNodeFactOptions,
  addNodeOptions,
  addPackageOptions,
  addPolicyOption,
  addRegistryOptions,
  addRemovalOptions,
  addSignerOptions,
  addTargetOption,
  addWholeOption,
  type BundleWriteOptions,
  type OutputOptions,
  refuseEmptyValues,
} from "./options";
import { errorJson, exitCodeFor, printError } from "./print";
import type { ImportBlocksOptions } from "./provider-import-blocks";
import type { ProviderInstallOptions } from "./provider-install";

export { InterruptedError } from "./io";
export { processIo } from "./process-io";

const EXIT_CODES = `
Exit codes:
  0  success
  1  failure: of a request, of a file operation, or an unexpected one
  2  invalid usage
  3  outdated: a locked tag points to another digest
  4  doctor: a conductor can't pull or deploy an artifact

Credentials come from the files of docker login and podman login, or from
--auth-file; certificates from the system's store and /etc/docker/certs.d/HOST
and the like. Environment: IRONIC_OCI_LOCK, DOCKER_AUTH_CONFIG,
REGISTRY_AUTH_FILE, DOCKER_CONFIG, SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY,
HTTP_PROXY, NO_PROXY, NO_COLOR.`;

const DOCTOR = `
It sends the same registry requests as Ironic, with the conductor's credentials
and none of your own, but from this machine: with its network, proxies and
certificate authorities. It reads manifests, not blobs.

A pull secret is user:password for Ironic 34 and later, and the auth string of a
Docker configuration (base64 of the same) before; for a bootc container the
agent needs the auth string in all releases. An empty file is an empty secret.
Secrets go over plain HTTP only to registries that --plain-http lists.

Environment: IRONIC_OCI_INSTANCE_SECRET and IRONIC_OCI_DRIVER_SECRET hold the
secrets if no file is given.`;

const COPY = `
Programs, the provider and the other commands then read from the mirror, and pin
the same digests there: pinMirrors: { REGISTRY: MIRROR }, pin_mirrors = {…} and
--pin-mirror REGISTRY=MIRROR; with mirrors and --mirror, the pinned URLs keep the
registry. Interrupted, it goes on where it was when it runs again.

Where it is an index that was signed for what is locked, that index and all of
its images are copied, too.`;

const PUSH = `
What is pushed is read back before the tag moves: for each kind of node, each
release of Ironic and each download source. If a node would get anything else
than what is published for it, the command fails and the tag stays.

Disks are one index under the tag. A kernel, ramdisk or ISO image has the tag
itself if it is alone, else TAG-kernel, TAG-ramdisk, TAG-iso.`;
const IMPORT_BLOCKS = `
Then, in the same folder, with a provider block for the same Ironic:

  terraform plan -generate-config-out=generated.tf    # imports, and no changes
  terraform apply

The Ironic is that of the Terraform provider's environment: IRONIC_ENDPOINT,
IRONIC_AUTH_STRATEGY and the like, or OS_CLOUD, OS_AUTH_URL and the like, or the
only cloud in clouds.yaml.`;

/** Includes swift, which Ironic refuses for an OCI reference: doctor predicts that. */
const PREDICTED_SOURCES = ["local", "http", "swift"];

/** A subcommand's action: its code is loaded only when it runs, to keep help fast. */
type Action<Options> = (references: readonly string[], options: Options, io: Io) => Promise<number>;

/** Runs the command line and returns its exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.fine;
  const program = new Command("ironic-oci")
    .description("Pins OCI references for OpenStack Ironic by digest, with the reason for each choice.")
    .version(version)
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(run with --help for usage)")
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride();
  const act =
    <Options>(load: () => Action<Options>) =>
    async (references: string[] | string | undefined, options: Options) => {
      try {
        const list = typeof references === "string" ? [references] : (references ?? []);
        code = await load()(list, options, io);
      } catch (error) {
        if (!(options as OutputOptions).json) throw error;
        io.out(`${printableJson({ error: errorJson(error) })}\n`);
        code = exitCodeFor(error);
      }
    };

  addJsonOption(addPolicyOption(addRegistryOptions(addNodeOptions(program.command("resolve").argument("<REF...>")))))
    .description("show the manifest that Ironic would choose, with the reason for each candidate")
    .addHelpText("after", example("resolve oci://quay.io/podman/machine-os:5.5 --arch x86_64 --download-source local"))
    .action(act(() => (require("./resolve") as typeof import("./resolve")).resolve));

  const lock = addRemovalOptions(addNodeOptions(program.command("lock").argument("[REF...]")));
  addJsonOption(addLockOption(addPolicyOption(addRegistryOptions(lock))))
    .description("add references to the lock file; without any, list what is in it")
    .addHelpText(
      "after",
      example(
        "lock oci://registry.example/ipa:kernel --role kernel --arch x86_64",
        "lock --remove oci://registry.example/ipa:kernel",
        "lock --prune",
      ),
    )
    .action(act(() => (require("./lock") as typeof import("./lock")).lock));

  addJsonOption(addLockOption(addRegistryOptions(program.command("outdated").argument("[REF...]"))))
    .description("show locked tags that point to another digest now (exit code 3 if any does)")
    .addHelpText("after", example("outdated", "outdated --json | jq '.[] | select(.outdated)'"))
    .action(act(() => (require("./outdated") as typeof import("./outdated")).outdated));

  const update = addExpectOption(
    program.command("update").argument("[REF...]"),
    "the expected class of these references' images from now on (default: as locked)",
  );
  addJsonOption(addLockOption(addPolicyOption(addRegistryOptions(update))))
    .description("resolve locked references again: all, or the given ones")
    .addHelpText(
      "after",
      example(
        "update",
        "update oci://registry.example/ipa:kernel",
        "update oci://registry.example/os:9 --expect bootc",
      ),
    )
    .action(act(() => (require("./update") as typeof import("./update")).update));

  addJsonOption(
    addConnectionOptions(
      addConductorOptions(addNodeFactOptions(program.command("doctor").argument("<REF...>"), PREDICTED_SOURCES)),
    ),
  )
    .description("predict whether a conductor can pull and deploy it, and with which credentials (exit code 4 if not)")
    .addHelpText("after", DOCTOR)
    .addHelpText(
      "after",
      example(
        "doctor oci://registry.example/team/image:1.2 --ironic-release 2025.1 --ironic-conf /etc/ironic/ironic.conf",
        "doctor oci://registry.example/ipa:kernel --role kernel --driver-secret-file secret.txt --boot-interface ipxe",
      ),
    )
    .action(act(() => (require("./doctor") as typeof import("./doctor")).doctor));

  addJsonOption(
    addAccessOptions(
      addArtifactOptions(program.command("push").argument("[REF]")),
      "push to a mirror of the registry, host[/path] (repeatable)",
    ),
  )
    .description("publish disk images, kernels, ramdisks: one tag that every Ironic reads the same way")
    .addHelpText("after", PUSH)
    .addHelpText(
      "after",
      example(
        "push registry.example/os:9 --disk x86_64:qcow2=a.qcow2 --disk x86_64:raw=a.raw --disk aarch64:qcow2=b.qcow2",
        "push registry.example/ipa:kernel --kernel tinyipa.vmlinuz",
        "push --file publish.yaml --dry-run",
      ),
    )
    .action(act(() => (require("./push") as typeof import("./push")).push));

  addJsonOption(
    addAccessOptions(
      addAnnotationOptions(program.command("annotate").argument("<REF>")),
      "write to a mirror of the registry, host[/path] (repeatable)",
    ),
  )
    .description("repair an index that someone else has published: disk types, architectures, artifact marks")
    .addHelpText(
      "after",
      example("annotate registry.example/os:9 --disk sha256:0123…=x86_64:qcow2 --disk sha256:4567…=aarch64:raw"),
    )
    .action(act(() => (require("./annotate") as typeof import("./annotate")).annotate));

  const READ_MIRROR = "read from a mirror of the registry, host[/path] (repeatable)";
  addJsonOption(
    addLockOption(
      addTargetOption(addWholeOption(addAccessOptions(program.command("copy").argument("[REF...]"), READ_MIRROR))),
    ),
  )
    .description("copy what is locked to a mirror: by digest, unchanged, with signatures")
    .addHelpText("after", COPY)
    .addHelpText(
      "after",
      example("copy --to mirror.registry.example/quay", "copy --whole --to quay.io=registry.example"),
    )
    .action(act(() => (require("./copy") as typeof import("./copy")).copy));

  const bundle = program
    .command("bundle")
    .description("an OCI image layout of what is locked, for a site without a network: a folder, or a .tar file");
  addJsonOption(
    addLockOption(
      addWholeOption(addAccessOptions(bundle.command("write").argument("<PATH>").argument("[REF...]"), READ_MIRROR)),
    ),
  )
    .description("write what is locked; what is there already is kept")
    .addHelpText("after", example("bundle write /media/usb/rack.tar", "bundle write rack --whole"))
    .action((path: string, references: string[], options: BundleWriteOptions) =>
      act<BundleWriteOptions>(() => (require("./copy") as typeof import("./copy")).bundleWrite)(
        [path, ...references],
        options,
      ),
    );
  addJsonOption(addTargetOption(addCredentialsOption(addConnectionOptions(bundle.command("load").argument("<PATH>")))))
    .description("push what is in it to a registry")
    .addHelpText("after", example("bundle load /media/usb/rack.tar --to registry.example/quay"))
    .action(act(() => (require("./copy") as typeof import("./copy")).bundleLoad));

  const verify = addSignerOptions(addRegistryOptions(addNodeOptions(program.command("verify").argument("[REF...]"))));
  addJsonOption(
    addLockOption(
      verify
        .option("--deep", "read every blob of what is locked, and compare its digest")
        .option("--lock", "verify the signers of what is locked: all of it, or the given references"),
    ),
  )
    .description(
      "check that what is locked is still in its registry, will stay there, and is signed as the policy says; or who has signed an image",
    )
    .addHelpText(
      "after",
      example(
        "verify",
        "verify --deep --json | jq '.[] | select(.state != \"ok\")'",
        "verify oci://registry.example/disks/os:9 --key cosign.pub",
        "verify oci://registry.example/disks/os:9 --certificate-identity ci@example.com --certificate-oidc-issuer https://accounts.example",
        "verify --lock --key cosign.pub",
      ),
    )
    .action(act(() => (require("./verify") as typeof import("./verify")).verify));

  const provider = program
    .command("provider")
    .description("the Terraform provider for Ironic that comes with this package");
  addJsonOption(addInstallOptions(provider.command("install")))
    .description("install it where terraform init finds it without a network: ~/.terraform.d/plugins, or a mirror")
    .addHelpText(
      "after",
      example(
        "provider install",
        "provider install --mirror /srv/mirror --platform linux_amd64",
        "provider install --network-mirror /srv/www --self-contained ~/Downloads/release",
      ),
    )
    .action((options: ProviderInstallOptions) => {
      const action = () => (require("./provider-install") as typeof import("./provider-install")).providerInstall;
      return act(action)([], options);
    });

  addJsonOption(
    addAccessOptions(
      addPackageOptions(provider.command("publish").argument("<REF>"), "all"),
      "publish to a mirror of the registry, host[/path] (repeatable)",
    ),
  )
    .description("publish it in a registry, from which OpenTofu 1.10 installs it (oci_mirror)")
    .addHelpText(
      "after",
      example(
        "provider publish oci://registry.example/tofu/cdktf-ironic-oci/ironic --self-contained ~/Downloads/release",
      ),
    )
    .action(act(() => (require("./provider-publish") as typeof import("./provider-publish")).providerPublish));

  addImportOptions(provider.command("import-blocks"))
    .description(
      "write import blocks for the objects of an Ironic: nodes with what belongs to them, allocations, templates, rules",
    )
    .addHelpText("after", IMPORT_BLOCKS)
    .addHelpText("after", example("provider import-blocks --out imports.tf", "provider import-blocks --node worker-0"))
    .action((options: ImportBlocksOptions) => {
      const action = () =>
        (require("./provider-import-blocks") as typeof import("./provider-import-blocks")).providerImportBlocks;
      return act(action)([], options);
    });

  for (const command of [...program.commands, ...provider.commands, ...bundle.commands]) {
    command.copyInheritedSettings(program);
    refuseEmptyValues(command);
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    return failed(error, argv, io);
  }
}

function failed(error: unknown, argv: readonly string[], io: Io): number {
  // Commander has already printed its message; help and version come this way too, with exit code 0.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.fine;
    const message = error.message.replace(/^error: /, "");
    if (argv.includes("--json")) io.out(`${printableJson({ error: errorJson(new UsageError(message)) })}\n`);
    return EXIT.usage;
  }
  if (argv.includes("--json")) io.out(`${printableJson({ error: errorJson(error) })}\n`);
  else printError(io, error);
  return exitCodeFor(error);
}

function example(...lines: string[]): string {
  const title = lines.length > 1 ? "Examples" : "Example";
  return `\n${title}:\n${lines.map((line) => `  ironic-oci ${line}`).join("\n")}`;
}
