import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { IronicOciError } from "../../reference";
import { type Credential, decodeAuth, type Keychain } from "./keychain";

/** A credentials file that can't be read or isn't what Docker writes. The message never holds any of its content. */
export class CredentialsFileError extends IronicOciError {
  readonly code = "CREDENTIALS_FILE";

  constructor(
    readonly path: string,
    what: string,
    cause?: unknown,
  ) {
    super(`credentials file ${path}: ${what}`, {
      cause,
      hint: 'expected Docker\'s form: {"auths": {"registry.example": {"auth": "…"}}}',
    });
  }
}

const Entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});
const DockerConfigFile = z.object({ auths: z.record(z.string(), Entry).optional() });
type DockerConfigFile = z.infer<typeof DockerConfigFile>;

/** Docker Hub answers to all of these; its own tools write the last one. */
const DOCKER_HUB = ["docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1/"];

/**
 * The `auths` of a Docker configuration file. Read once, when first asked.
 *
 * @param path the file; by default `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, which may be missing. A
 *   file that was named must be there.
 */
export function dockerConfig(path?: string): Keychain {
  let reading: Promise<DockerConfigFile> | undefined;
  return {
    async resolve(registry, repository) {
      reading ??= read(path ?? defaultPath(), path !== undefined);
      const { auths = {} } = await reading;
      return lookUp(auths, registry, repository);
    },
  };
}

function defaultPath(): string {
  return join(process.env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
}

async function read(path: string, mustExist: boolean): Promise<DockerConfigFile> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing && !mustExist) return {};
    throw new CredentialsFileError(path, missing ? "no such file" : "can't be read", error);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text around the fault, which may be a secret: its error is no cause to pass on.
    throw new CredentialsFileError(path, "is not JSON");
  }
  const parsed = DockerConfigFile.safeParse(content);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole file").join(", ");
    throw new CredentialsFileError(path, `is not a Docker configuration (at ${where})`);
  }
  return parsed.data;
}

/** The most specific entry: `host/path/prefix` (podman's form) before `host`. Hosts match whole, never in part. */
function lookUp(
  auths: NonNullable<DockerConfigFile["auths"]>,
  registry: string,
  repository: string,
): Credential | undefined {
  const entries = new Map(Object.entries(auths).map(([key, entry]) => [normalize(key), entry]));
  const aliases = DOCKER_HUB.includes(registry) ? DOCKER_HUB.map(normalize) : [registry];
  const components = repository.split("/");
  for (let length = components.length; length >= 0; length -= 1) {
    for (const host of aliases) {
      const entry = entries.get([host, ...components.slice(0, length)].join("/"));
      const credential = entry && toCredential(entry);
      if (credential) return credential;
    }
  }
  return undefined;
}

/** Old Docker versions wrote whole URLs as keys: `https://host/v1/` stands for `host`. */
function normalize(key: string): string {
  const withoutScheme = key.replace(/^https?:\/\//, "");
  if (withoutScheme === key) return key.replace(/\/+$/, "");
  return withoutScheme.replace(/\/(?:v[12]\/?)?$/, "");
}

function toCredential(entry: z.infer<typeof Entry>): Credential | undefined {
  if (entry.identitytoken) return { kind: "identityToken", token: entry.identitytoken };
  if (entry.registrytoken) return { kind: "registryToken", token: entry.registrytoken };
  if (entry.username !== undefined && entry.password !== undefined) {
    return { kind: "basic", username: entry.username, password: entry.password };
  }
  const decoded = entry.auth ? decodeAuth(entry.auth) : undefined;
  return decoded && { kind: "basic", ...decoded };
}
