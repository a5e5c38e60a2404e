/**
 * The command line `ironic-oci`: its subcommands, options and exit codes.
 *
 * `run` parses the arguments and loads the code of one subcommand, which is a file of its own beside this one. Output goes through
 * `Io`, so that tests capture it; errors are printed with their hint, or as JSON with `--json`. May import every module but
 * `src/testing`.
 */

import { Command, CommanderError } from "commander";
import { printableJson } from "../reference";
import { version } from "../version";
import { EXIT, type Io, UsageError } from "./io";
import {
  addConductorOptions,
  addConnectionOptions,
  addExpectOption,
  addInstallOptions,
  addJsonOption,
  addLockOption,
  addNodeFactOptions,
  addNodeOptions,
  addRegistryOptions,
  type OutputOptions,
} from "./options";
import { errorJson, printError } from "./print";
import type { ProviderInstallOptions } from "./provider-install";

const EXIT_CODES = `
Exit codes:
  0  fine
  1  something failed
  2  wrong usage
  3  something is outdated
  4  a conductor can't pull or deploy something

Credentials come from what docker login or podman login wrote, or from --auth-file; certificates from
the system's store and /etc/docker/certs.d/HOST and the like. Environment: IRONIC_OCI_LOCK, DOCKER_AUTH_CONFIG,
REGISTRY_AUTH_FILE, DOCKER_CONFIG, SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NO_COLOR.`;

const DOCTOR = `
It goes to the registry as Ironic would, with what the conductor has and none of your own credentials, but from this
machine: through its network, its proxies and its authorities. It reads manifests, not the images.

A pull secret is user:password for Ironic 34 and later, and the auth string of a Docker configuration (base64 of the same) before;
a bootc container's agent wants the auth string whatever the release. An empty file is an empty secret. Secrets go over plain HTTP only
to registries that --plain-http lists.

Environment: IRONIC_OCI_INSTANCE_SECRET and IRONIC_OCI_DRIVER_SECRET hold the secrets where no file does.`;

/** Swift among them: that Ironic refuses it for an OCI reference is what doctor predicts. */
const PREDICTED_SOURCES = ["local", "http", "swift"];

/** A subcommand's action: its code is loaded only when it runs, so that help and version stay quick. */
type Action<Options> = (references: readonly string[], options: Options, io: Io) => Promise<number>;

/** Runs the command line and returns its exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.fine;
  const program = new Command("ironic-oci")
    .description("Pins OCI references for OpenStack Ironic: what would it choose, by digest, and why.")
    .version(version)
    .addHelpText("after", EXIT_CODES)
    .showHelpAfterError("(run with --help for usage)")
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride();
  const act =
    <Options>(load: () => Action<Options>) =>
    async (references: string[], options: Options) => {
      try {
        code = await load()(references, options, io);
      } catch (error) {
        if (!(options as OutputOptions).json) throw error;
        io.out(`${printableJson({ error: errorJson(error) })}\n`);
        code = exitCode(error);
      }
    };

  addJsonOption(addRegistryOptions(addNodeOptions(program.command("resolve").argument("<REF...>"))))
    .description("show what Ironic would choose, and why not the others")
    .addHelpText("after", example("resolve oci://quay.io/podman/machine-os:5.5 --arch x86_64 --download-source local"))
    .action(act(() => (require("./resolve") as typeof import("./resolve")).resolve));

  addJsonOption(addLockOption(addRegistryOptions(addNodeOptions(program.command("lock").argument("[REF...]")))))
    .description("add references to the lock file; without any, list what is in it")
    .addHelpText("after", example("lock oci://registry.example/ipa:kernel --role kernel --arch x86_64"))
    .action(act(() => (require("./lock") as typeof import("./lock")).lock));

  addJsonOption(addLockOption(addRegistryOptions(program.command("outdated").argument("[REF...]"))))
    .description("show which locked tags point elsewhere now (exit code 3 if any does)")
    .addHelpText("after", example("outdated", "outdated --json | jq '.[] | select(.outdated)'"))
    .action(act(() => (require("./outdated") as typeof import("./outdated")).outdated));

  const update = addExpectOption(
    program.command("update").argument("[REF...]"),
    "what the images of these references are meant to be from now on (default: as they are locked)",
  );
  addJsonOption(addLockOption(addRegistryOptions(update)))
    .description("resolve what is locked anew: everything, or the references named")
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
    .description("tell whether a conductor will be able to pull and deploy it, and which way (exit code 4 if not)")
    .addHelpText("after", DOCTOR)
    .addHelpText(
      "after",
      example(
        "doctor oci://registry.example/team/image:1.2 --ironic-release 2025.1 --ironic-conf /etc/ironic/ironic.conf",
        "doctor oci://registry.example/ipa:kernel --role kernel --driver-secret-file secret.txt --boot-interface ipxe",
      ),
    )
    .action(act(() => (require("./doctor") as typeof import("./doctor")).doctor));

  const provider = program
    .command("provider")
    .description("the Terraform provider for Ironic that comes with this package");
  addJsonOption(addInstallOptions(provider.command("install")))
    .description("put it where terraform init finds it without a network: ~/.terraform.d/plugins, or a mirror")
    .addHelpText("after", example("provider install", "provider install --mirror /srv/mirror --platform linux_amd64"))
    .action((options: ProviderInstallOptions) => {
      const action = () => (require("./provider-install") as typeof import("./provider-install")).providerInstall;
      return act(action)([], options);
    });

  for (const command of [...program.commands, ...provider.commands]) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    return failed(error, io);
  }
}

function failed(error: unknown, io: Io): number {
  // Commander has said its piece already; help and version come this way too, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  printError(io, error);
  return exitCode(error);
}

function exitCode(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

function example(...lines: string[]): string {
  const title = lines.length > 1 ? "Examples" : "Example";
  return `\n${title}:\n${lines.map((line) => `  ironic-oci ${line}`).join("\n")}`;
}
