import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRoot, SharedFolder, type Suite } from "./root";

/** Ironic's release in each suite. */
export const RELEASES = { trixie: "29.0.5", sid: "39.0.0" } as const satisfies Record<Suite, string>;

/** What the code of a real conductor is asked; see conductor.py. */
export interface ConductorQuestion {
  /**
   * `pull`: reads as for a deployment. `deploy`: prepares a deployment with `direct`, up to the machine's first boot. `bootc`: what the agent
   * is handed for podman, and whether bootc is detected. `settings`: what oslo.config makes of the configuration.
   */
  readonly what?: "pull" | "deploy" | "bootc" | "settings";
  readonly reference?: string;
  readonly role?: "image" | "kernel";
  /** Kernels only: a boot interface that boots over the network, or one that builds an image. */
  readonly boot?: "pxe" | "virtual-media";
  /** The text of its ironic.conf. */
  readonly conf?: string;
  /** The content of the file that `[oci]authentication_config` names. */
  readonly authenticationConfig?: string | undefined;
  readonly instance?: string | undefined;
  readonly driver?: string | undefined;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly instance_info?: Readonly<Record<string, unknown>>;
  readonly driver_info?: Readonly<Record<string, unknown>>;
  /** Whether its machine trusts the tests' authorities. */
  readonly trusts?: boolean;
}

/** What it did: `works`, or the class of the error that Ironic ended with. */
export interface ConductorAnswer {
  readonly works: boolean;
  readonly error?: string;
  readonly message?: string;
  readonly [fact: string]: unknown;
}

/** Files that the programs of a root see, and that this process sees as well. */
export class ConductorFolder {
  readonly #folder: SharedFolder;
  readonly #suite: Suite;
  #files = 0;

  /** @param authorities PEM files that the conductor's machine trusts */
  constructor(suite: Suite, authorities: readonly string[]) {
    this.#suite = suite;
    this.#folder = new SharedFolder("conductor", suite);
    copyFileSync(join(__dirname, "conductor.py"), join(this.#folder.outside, "conductor.py"));
    this.write("bundle.pem", authorities.map((path) => readFileSync(path, "utf8")).join(""));
  }

  /** Writes a file; gives its path in the root. */
  write(name: string, content: string): string {
    mkdirSync(this.#folder.outside, { recursive: true });
    writeFileSync(join(this.#folder.outside, name), content);
    return join(this.#folder.inside, name);
  }

  /** The same file's path for this process. */
  outside(inside: string): string {
    return join(this.#folder.outside, inside.slice(this.#folder.inside.length));
  }

  get bundle(): string {
    return join(this.#folder.outside, "bundle.pem");
  }

  /** The paths in the root of what a conductor is configured with. */
  configure({ conf = "", authenticationConfig }: ConductorQuestion): { readonly conf: string; readonly auth?: string } {
    this.#files += 1;
    const auth =
      authenticationConfig === undefined ? undefined : this.write(`${this.#files}.json`, authenticationConfig);
    const option = auth === undefined ? "" : `\n[oci]\nauthentication_config = ${auth}\n`;
    const path = this.write(`${this.#files}.conf`, `${conf}${option}`);
    return auth === undefined ? { conf: path } : { conf: path, auth };
  }

  /** One process for all questions: it takes longer to load Ironic than to ask it. */
  async ask(questions: readonly ConductorQuestion[]): Promise<ConductorAnswer[]> {
    const { inside } = this.#folder;
    const asked = questions.map(({ conf, authenticationConfig, trusts = true, role = "image", ...question }) => ({
      ...question,
      role,
      conf: [this.configure({ ...(conf !== undefined && { conf }), authenticationConfig }).conf],
      ...(trusts && { bundle: `${inside}/bundle.pem` }),
    }));
    const run = await inRoot("python3", [`${inside}/conductor.py`], {
      suite: this.#suite,
      stdin: JSON.stringify(asked),
    });
    if (run.code !== 0) throw new Error(`conductor.py ended with ${run.code}:\n${run.stderr.slice(-4_000)}`);
    return JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as ConductorAnswer[];
  }

  remove(): void {
    this.#folder.remove();
  }
}
