import { spawn } from "node:child_process";
import { type Environment, IronicOciError } from "../../net";
import type { Credential } from "./keychain";

/**
 * A credential helper that is missing, fails, hangs or prints something other than credentials. The message never quotes its
 * output.
 */
export class CredentialHelperError extends IronicOciError {
  readonly code = "CREDENTIAL_HELPER";

  constructor(
    /** The program: `docker-credential-…`. */
    readonly program: string,
    what: string,
    options: { readonly hint: string; readonly cause?: unknown },
  ) {
    super(`credential helper ${program}: ${what}`, options);
  }
}

export interface CredentialHelpersOptions {
  /** The environment of the helpers, with their `PATH`. */
  readonly environment: Environment;
  /** Milliseconds for one call; a helper may wait for the user to unlock a keyring. Default 60,000. */
  readonly timeout?: number;
}

const DEFAULT_TIMEOUT = 60_000;
const MAX_OUTPUT = 64 * 1024;
/** A helper's output when it has no credential for a server (docker-credential-helpers, `credentials`). */
const NOT_FOUND = "credentials not found in native keychain";
/** The user name that marks the secret as an identity token. */
const TOKEN_USER = "<token>";

/** Runs `docker-credential-*` programs, each once per server. */
export class CredentialHelpers {
  readonly #options: CredentialHelpersOptions;
  readonly #credentials = new Map<string, Promise<Credential | undefined>>();

  constructor(options: CredentialHelpersOptions) {
    this.#options = options;
  }

  /**
   * A helper's credential for a server; undefined if it has none.
   * @param name the part after `docker-credential-`
   * @param file the configuration that names the helper, for the error
   * @throws {CredentialHelperError}
   */
  get(name: string, server: string, file: string): Promise<Credential | undefined> {
    const key = JSON.stringify([name, server]);
    let credential = this.#credentials.get(key);
    if (!credential) {
      credential = this.#fetch(name, server, file);
      this.#credentials.set(key, credential);
    }
    return credential;
  }

  async #fetch(name: string, server: string, file: string): Promise<Credential | undefined> {
    // A name, not a path: a configuration file can only choose among installed helpers.
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
      throw new CredentialHelperError("docker-credential-…", `${file} names a helper that is not valid`, {
        hint: "credsStore and credHelpers hold the part of a program's name after docker-credential-",
      });
    }
    const program = `docker-credential-${name}`;
    const { output, status } = await this.#run(program, server, file);
    if (status !== 0) {
      if (output.trim() === NOT_FOUND) return undefined;
      throw new CredentialHelperError(program, `failed for ${server} (exit status ${status ?? "none"})`, {
        hint: `see its output: echo ${server} | ${program} get`,
      });
    }
    return this.#read(program, output, server);
  }

  #read(program: string, output: string, server: string): Credential | undefined {
    let content: unknown;
    try {
      content = JSON.parse(output);
    } catch {
      content = undefined;
    }
    const { HelperOutput } = require("./schemas") as typeof import("./schemas");
    const parsed = HelperOutput.safeParse(content);
    if (!parsed.success) {
      throw new CredentialHelperError(program, `printed something other than credentials for ${server}`, {
        hint: 'expected {"Username": "…", "Secret": "…"}',
      });
    }
    const { Username: username, Secret: secret } = parsed.data;
    if (secret === "") return undefined;
    if (username === TOKEN_USER) return { kind: "identityToken", token: secret };
    return { kind: "basic", username, password: secret };
  }

  #run(program: string, server: string, file: string): Promise<{ output: string; status: number | null }> {
    const { environment, timeout = DEFAULT_TIMEOUT } = this.#options;
    return new Promise((resolve, reject) => {
      // No shell: neither name nor server can become a command.
      const child = spawn(program, ["get"], { env: environment, stdio: ["pipe", "pipe", "ignore"], windowsHide: true });
      const chunks: Buffer[] = [];
      let length = 0;
      const fail = (what: string, hint: string, cause?: unknown) => {
        clearTimeout(timer);
        // Children of the helper may hold its output open: they are not waited for.
        child.stdout.destroy();
        child.kill("SIGKILL");
        reject(new CredentialHelperError(program, what, { hint, cause }));
      };
      const timer = setTimeout(
        () => fail(`did not end within ${timeout} ms`, "it may be waiting for a password in a hidden window"),
        timeout,
      );
      child.stdout.on("data", (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > MAX_OUTPUT)
          fail(`printed more than ${MAX_OUTPUT} bytes`, `try it: echo ${server} | ${program} get`);
      });
      child.on("error", (cause: NodeJS.ErrnoException) => {
        const missing = cause.code === "ENOENT";
        const hint = `${file} names it: install it, or take it out of credsStore or credHelpers there`;
        fail(missing ? "is not installed (not found in PATH)" : "can't be run", hint, cause);
      });
      child.on("close", (status) => {
        clearTimeout(timer);
        resolve({ output: Buffer.concat(chunks).toString("utf8"), status });
      });
      // A helper may ignore its input; its output decides.
      child.stdin.on("error", () => undefined);
      child.stdin.end(`${server}\n`);
    });
  }
}
