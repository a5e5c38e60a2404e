import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ts } from "@ts-morph/common";

/** An error class that declares a code. */
interface ErrorClass {
  readonly name: string;
  readonly code: string;
  /** The docstring. */
  readonly meaning: string;
  /** The module, such as `src/registry`. */
  readonly module: string;
}

/** The page's sections: the modules whose errors each of them lists. */
const SECTIONS: readonly (readonly [title: string, modules: readonly string[]])[] = [
  ["References", ["src/reference"]],
  ["Registries and credentials", ["src/registry", "src/net"]],
  ["Selection of a manifest", ["src/selection"]],
  ["Publishing", ["src/publish"]],
  ["Signatures", ["src/signing"]],
  ["Lock file", ["src/lock"]],
  ["Constructs", ["constructs"]],
  ["Delivery of the Terraform provider", ["src/delivery"]],
  ["Ironic and Keystone", ["src/ironic"]],
  ["The resolver and `ironic-oci doctor`", ["src/resolver"]],
  ["The command line", ["src/cli"]],
];

/** Remedies by code. The `hint` of an error is specific to the case. */
const REMEDIES: Readonly<Record<string, string>> = {
  INVALID_REFERENCE:
    "Correct the reference at the character that the message points to; the form is `oci://host[:port]/path:tag` or `oci://host[:port]/path@sha256:…`.",
  INVALID_DIGEST: "Give the whole digest as the registry prints it: `sha256:` and 64 lower-case hex digits.",
  TAG_NOT_FOUND: "Check the path and the tag; `oras repo tags HOST/PATH` lists what is there.",
  MANIFEST_NOT_FOUND:
    "Check the path. A digest that was pinned earlier was deleted: restore it in the registry, or move the pin (`ironic-oci update`).",
  AUTHENTICATION_FAILED:
    "`docker login HOST` or `podman login HOST`, or pass `credentials` or `--auth-file`; check that the user may pull the repository, and that it exists.",
  RATE_LIMITED: "Wait, give credentials, or lower `concurrency`. With mode `frozen` no registry is needed.",
  REGISTRY_UNAVAILABLE:
    "Check that the registry runs and can be reached from here: host, port, proxy variables, certificates; a registry without TLS is listed in `plainHttp`. With mode `frozen` no registry is needed.",
  REGISTRY_TIMEOUT: "Find out what slows the registry down, or raise `timeout`.",
  DIGEST_MISMATCH:
    "The content is not what the digest or the descriptor names: do not use it. Check proxies and mirrors; if the descriptor's size is wrong, push the index again.",
  INDEX_MISMATCH: "Push the index again, with all of its manifests, by a tool that follows the OCI image-spec.",
  PUSH_REFUSED:
    "Follow the hint: the registry is read-only, full or has a limit, wants the repository to be created before, or the file changed while it was read. Push again: what has arrived is not sent again.",
  ARTIFACT_FILE:
    "Name the file as what it is, or convert it: `qemu-img convert -O qcow2 OLD NEW` takes a backing file in. Nothing was sent.",
  INVALID_ARTIFACTS:
    "Correct what the message names; the forms are in [Publishing](guides/publishing.md). Nothing was sent.",
  PUBLISH_CHECK:
    "The message lists each kind of node and what it would get. The tag was not moved: push again, and if it happens again, report it.",
  MISSING_CONTENT:
    "Copy from where the manifest still is (`--mirror`), or move the pin to what the tag points to now (`ironic-oci update`).",
  IMAGE_LAYOUT:
    "Write it again with `ironic-oci bundle write`, which keeps what is complete; for a full medium use a larger one. Nothing damaged is pushed.",
  TAG_RACE: "Agree with whoever else pushes this tag, and push again: what has arrived is not sent again.",
  UNEXPECTED_RESPONSE:
    "Check that the host is a registry and not a login page or a proxy: `curl -i https://HOST/v2/`; otherwise its operator has to correct it.",
  CREDENTIALS_FILE:
    'Correct the file: `{"auths": {"registry.example": {"auth": "…"}}}`, or take the variable or option away.',
  CREDENTIAL_HELPER: "Install the helper, or take it out of `credsStore` or `credHelpers` of the file that names it.",
  CERTIFICATE_FILE: "Correct the file: PEM, readable, a key without a passphrase beside its certificate.",
  PROXY_CONFIGURATION:
    "Correct the variable: `http://[user:password@]host:port`, with `@`, `/`, `:` and `%` in a password as `%XX`.",
  NO_MATCHING_IMAGE:
    "The message lists each candidate and the reason against it: correct the node's architecture or download source, or publish an image for it.",
  TOO_MANY_CANDIDATES:
    "Publish an index of the images for Ironic alone, with the annotation `disktype`, and with an architecture for each entry.",
  INVALID_IMAGE: "Push an OCI artifact: `oras push`, or `skopeo copy --format oci` for an image in Docker's format.",
  UNSUPPORTED_DOWNLOAD_SOURCE: "Use `local` or `http`.",
  AMBIGUOUS_ARTIFACT:
    "Name the node's architecture, or push the file as a separate artifact: `oras push HOST/PATH:TAG FILE`.",
  ARCHITECTURE_MISMATCH:
    "Name an image for the node's architecture, or switch the check off: `extraChecks: { architecture: false }`.",
  CLASS_MISMATCH:
    "Set `expect` to what the image is, or publish it so that its tag and its digest are read alike: the hint says how.",
  UNUSABLE_PIN: "Push the artifact again by a tool that follows the OCI image-spec: Ironic can't deploy it by digest.",
  SIGNATURE_UNVERIFIED:
    "The message lists the signatures that were found, and the reason against each. Have the image signed, copy it with its signatures, or name the right signer. [Signatures](guides/signatures.md)",
  IMAGE_DENIED:
    "Name another image, or add a rule for its repository to the policy. [Policy](guides/signatures.md#the-policy)",
  LOCKED_UNVERIFIED:
    "Run the program or command once with `IRONIC_OCI_LOCK=prefer` where there is a network: it verifies what is locked. Commit the lock file.",
  SIGNING_FILE: "Correct the file that the message names: a policy, a public key in PEM form, or a trusted root.",
  UNKNOWN_RELEASE:
    "Use a release of the [list](guides/ironic-releases.md): a version (`29.0.5`), a series (`2025.1`) or a code name (`epoxy`).",
  LOCK_FILE_DAMAGED:
    "Restore the file from version control, or delete it and lock again; resolve a merge conflict by hand first. It was not changed.",
  LOCK_FILE_UNREADABLE: "Check that the path is a file, its owner and its mode. It was not changed.",
  LOCK_FILE_CONFLICT:
    "`ironic-oci update REF…` takes what the tags point to now; or delete the lines of the digest that is not wanted. [Merging](guides/lock-file.md#merging)",
  LOCK_FILE_NEWER: "Update cdktf-ironic-oci. The file was not changed.",
  LOCK_FILE_BUSY: "Wait for the other program; if there is none, remove the `.lock` folder beside the file.",
  LOCK_FILE_UNWRITABLE:
    "Create the folder, or allow writing there; free some space on a full disk. Where nothing is to change, use mode `frozen` (`lockMode` of `synthesize`, or `IRONIC_OCI_LOCK=frozen`).",
  LOCK_FROZEN: "Run the program once with `IRONIC_OCI_LOCK=prefer` where there is a network, and commit the lock file.",
  LOCK_MODE: "Use `prefer`, `frozen` or `update`.",
  INTERRUPTED: "Run the command again: an interrupted one has changed nothing.",
  INVALID_OPTIONS: "Correct each option that the message names.",
  INVALID_PROPS: "Correct each prop that the message names; [all props](constructs.md).",
  LITERAL_SECRET:
    "Refer to the secret: `PullSecret.fromVariable(scope, name)`, `.fromDockerConfig(host)` or `.fromToken(token)`.",
  NOT_PINNED:
    "The message names each reference, its constructs and the reason. Call `await synthesize(app)` instead of `app.synth()`, or run `ironic-oci lock`; in unit tests, use `pinsForTesting`.",
  PROVIDER_BUNDLE_MISSING: "Install cdktf-ironic-oci again; in a clone, `npm run build`.",
  UNSUPPORTED_PLATFORM:
    "Run Terraform on Linux, macOS or FreeBSD, or use the self-contained executable of a release, which Windows has, too.",
  PROVIDER_RELEASE: "Download the files of the same release into one folder, and name that folder.",
  PROVIDER_INSTALL: "Check the owner of the folder and the free space.",
  DEPENDENCY_LOCK_DAMAGED:
    "Correct the line of `.terraform.lock.hcl`, or delete the file: the next synthesis writes it.",
  DEPENDENCY_LOCK_FILE: "Check owner and mode of `.terraform.lock.hcl` and of its folder, and the free space.",
  IRONIC_REFUSED: "Read Ironic's own message, which is part of the error: it names the field, the policy or the state.",
  IRONIC_NOT_FOUND: "Check the name or UUID, and the project and region of the credentials.",
  IRONIC_CONFLICT:
    "Another object has the name, MAC address or UUID: rename one, or import the existing one. Or the node's state does not allow the request: wait, or move it to a state that does.",
  IRONIC_NODE_LOCKED: "Wait until the conductor has finished, or raise the provider's `lock_timeout`.",
  IRONIC_FORBIDDEN:
    "Use a user or application credential with the role that the request needs; for a protected node, `baremetal node unset --protected`.",
  IRONIC_UNAUTHORIZED:
    "Check user and password, project and cloud: the provider's arguments, `OS_*` variables, clouds.yaml.",
  IRONIC_MICROVERSION: "Choose a microversion of the range in the message, or leave it out: then it is negotiated.",
  IRONIC_MICROVERSION_TOO_OLD:
    "Choose the microversion in the message or a newer one; else Ironic itself is too old for the request.",
  IRONIC_UNAVAILABLE:
    "Check the API's address, that it runs, proxy variables and certificates; raise the provider's `timeout` while it starts.",
  IRONIC_UNEXPECTED_ANSWER: "Check that the URL is Ironic's API, and not a proxy's or another service's.",
  IRONIC_SETTINGS:
    "Complete the setting that the message names: the provider's arguments, `OS_*` variables, clouds.yaml.",
  IRONIC_INVALID_IDENTIFIER: "Give the UUID.",
  KEYSTONE:
    "Check `auth_url`, the credentials and their scope, and that the catalog has a `baremetal` endpoint in the region.",
  IRONIC_PROVISION_FAILED:
    "Read the node's `last_error` and the conductor's log; once the cause is removed, apply again. The error of a node in maintenance names what ends that.",
  CONDUCTOR_CONFIGURATION:
    "Correct the file given as `--ironic-conf` at the named line; oslo.config refuses it as well.",
  USAGE: "Correct the arguments: `ironic-oci COMMAND --help` lists them. The exit code is 2.",
};

/** docs/errors.md. Throws when a code has no remedy, a remedy no code, or a class no docstring. */
export function errorsPage(root: string): string {
  const classes = errorClasses(root);
  const faults = [
    ...classes
      .filter(({ code }) => !Object.hasOwn(REMEDIES, code))
      .map(({ name, code }) => `${name} (${code}): no remedy`),
    ...classes.filter(({ meaning }) => meaning === "").map(({ name }) => `${name}: no docstring`),
    ...Object.keys(REMEDIES)
      .filter((code) => !classes.some((each) => each.code === code))
      .map((code) => `${code}: no class has this code`),
    ...classes
      .filter(({ module }) => !SECTIONS.some(([, modules]) => modules.includes(module)))
      .map(({ name, module }) => `${name}: ${module} has no section`),
  ];
  if (faults.length > 0) throw new Error(`scripts/api/errors-page.ts: ${faults.join("; ")}`);
  const sections = SECTIONS.map(([title, modules]) => {
    const rows = classes
      .filter(({ module }) => modules.includes(module))
      .sort((one, other) => (one.code < other.code ? -1 : 1))
      .map(
        ({ code, name, meaning }) => `| \`${code}\` | ${name} | ${cell(meaning)} | ${cell(REMEDIES[code] ?? "")} |\n`,
      );
    return `## ${title}\n\n| code | class | meaning | what to do |\n|---|---|---|---|\n${rows.join("")}`;
  });
  return `<!-- Generated by npm run docs from the error classes. -->

# Errors

Every error of this package has a \`code\`, which is stable and meant for programs; a \`message\`: what failed, and what was expected; and,
where there is something to do, a \`hint\`, which fits the case at hand better than this table. None of them holds a secret. All but
\`USAGE\`, which exists on the command line only, are subclasses of \`IronicOciError\`. An error that the package does not know has the
code \`UNEXPECTED\` in the output of \`--json\`.

\`\`\`ts
import { IronicOciError } from "cdktf-ironic-oci/resolver";

try {
  // …
} catch (error) {
  if (error instanceof IronicOciError && error.code === "TAG_NOT_FOUND") console.error(error.message, error.hint);
  else throw error;
}
\`\`\`

The command line prints \`message\` and \`hint\`. The Terraform provider shows them as diagnostics.

${sections.join("\n")}`;
}

/** Error classes that declare a code, from the sources: those of src/ and constructs/ that reach users. */
function errorClasses(root: string): ErrorClass[] {
  return ["src", "constructs"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !/^(?:testing|tfplugin)\//.test(name))
      .sort()
      .flatMap((name) => {
        const module = folder === "constructs" ? folder : `src/${name.split("/")[0]}`;
        return classesIn(readFileSync(join(root, folder, name), "utf8"), module);
      }),
  );
}

function classesIn(text: string, module: string): ErrorClass[] {
  const source = ts.createSourceFile("source.ts", text, ts.ScriptTarget.ES2022, true);
  return source.statements.filter(ts.isClassDeclaration).flatMap((declaration) => {
    const name = declaration.name?.text ?? "";
    if (!name.endsWith("Error")) return [];
    const code = declaration.members.find(
      (member): member is ts.PropertyDeclaration =>
        ts.isPropertyDeclaration(member) && member.name.getText() === "code",
    )?.initializer;
    if (!code || !ts.isStringLiteral(code)) return [];
    const [docs] = ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc);
    const meaning = ts.getTextOfJSDocComment(docs?.comment) ?? "";
    return [{ name, code: code.text, meaning, module }];
  });
}

/** Text in a table's cell: one line, and no column separators. */
function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
}
