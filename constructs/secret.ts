import { Fn, type IResolveContext, TerraformStack, TerraformVariable, Token } from "cdktf";
import type { Construct } from "constructs";
import * as z from "zod";
import { InvalidPropsError, LiteralSecretError } from "./errors";
import { PinRegistry } from "./pin-registry";
import { parseProps, text, throwProblems } from "./prop-schema";
import { SynthValue } from "./synth-value";
import { asText, isToken } from "./tokens";

/**
 * The two forms of a pull secret. `user:password` is what Ironic 34 and later takes; `auth`, the base64 of the same that a Docker
 * configuration has, is all that Ironic takes before, and what the agent of a bootc container takes whatever the release.
 */
export type PullSecretForm = "user:password" | "auth";

/** Options of every {@link PullSecret}. */
export interface PullSecretOptions {
  /**
   * Version of the value, a whole number from 1: raise it with every new value. Terraform can't see whether a write-only value
   * changed; a new version makes it send the secret again. Default 1.
   */
  readonly version?: number;
}

/** Options of {@link PullSecret.fromDockerConfig}. */
export interface DockerConfigSecretOptions extends PullSecretOptions {
  /**
   * The form to send. Default: by the node. That is `user:password` for Ironic 34 and later and `auth` before, by the node's
   * `ironicRelease` or the context's; and `auth` for a bootc container, unless it is deployed by `autodetect`.
   */
  readonly form?: PullSecretForm;
}

const VERSION = "needs a whole number from 1 that is known at synth time";
/** Options of every function of PullSecret; `description` and `form` are each for one of them. */
const OPTIONS = {
  version: z.custom((version) => Number.isSafeInteger(version) && Number(version) >= 1, VERSION).optional(),
  form: z.enum(["user:password", "auth"], 'must be "user:password" or "auth"').optional(),
  description: text.optional(),
};

/** Names of arguments of a module, which no variable can have (Terraform, `configs.moduleBlockSchema`). */
const RESERVED = ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

/** Tokens of a secret with two forms. */
interface Forms {
  readonly inner: Readonly<Record<PullSecretForm, string>>;
  /** Undefined: by the Ironic release of the construct that sends it. */
  readonly chosen: (() => PullSecretForm) | undefined;
}

/**
 * A reference to a secret; the program never holds its value: Terraform reads it when it runs.
 *
 * For pull secrets (Ironic's `image_pull_secret`, see {@link PullSecretForm}) and for any other secret of a node, such as a BMC's
 * password.
 */
export class PullSecret {
  /** Variables created by {@link fromVariable}. */
  static readonly #variables = new WeakSet<TerraformVariable>();

  /** A token for the secret's value. In an argument that is not write-only, Terraform keeps the secret in plan and state. */
  readonly value: string;
  /** Version of the secret's value: see {@link PullSecretOptions.version}. */
  readonly version: number;
  readonly #where: string;
  readonly #inner: string | Forms;
  readonly #variable: TerraformVariable | undefined;

  private constructor(inner: string | Forms, where: string, options: PullSecretOptions, variable?: TerraformVariable) {
    throwProblems(where, parseProps(OPTIONS, options).problems);
    this.version = options.version ?? 1;
    this.#inner = inner;
    this.#where = where;
    this.#variable = variable;
    this.value = Token.asString(new SynthValue((context) => this.#resolve(context)));
  }

  /**
   * From a Terraform variable, which is created: a sensitive string named exactly `name`, to be set with `TF_VAR_name` or a
   * `.tfvars` file. Calls with the same name share it. A node with the target {@link IronicTarget} makes it ephemeral: then no
   * saved plan holds it, and Terraform refuses it wherever it would be kept. An existing sensitive variable of this name is used
   * as it is.
   * @throws {InvalidPropsError} when the name is not valid in Terraform, or the stack has another construct of that name
   */
  static fromVariable(
    scope: Construct,
    name: string,
    options: PullSecretOptions & { readonly description?: string } = {},
  ): PullSecret {
    const stack = TerraformStack.of(scope);
    const isName = typeof name === "string" && /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) && !RESERVED.includes(name);
    if (!isName) {
      throw new InvalidPropsError(stack.node.path, [
        `${JSON.stringify(name)} is not a valid name for a Terraform variable`,
      ]);
    }
    const existing = stack.node.tryFindChild(name);
    if (existing) {
      if (existing instanceof TerraformVariable && existing.sensitive) {
        const created = PullSecret.#variables.has(existing) ? existing : undefined;
        return new PullSecret(existing.stringValue, stack.node.path, options, created);
      }
      throw new InvalidPropsError(stack.node.path, [`${name} exists already, and is not a sensitive variable`]);
    }
    const variable = new TerraformVariable(stack, name, {
      type: "string",
      sensitive: true,
      nullable: false,
      description:
        options.description ??
        "A secret of bare-metal nodes. A pull secret is user:password for Ironic 34 and later; before, and for a bootc container, the auth string of a Docker configuration",
    });
    variable.overrideLogicalId(name);
    PullSecret.#variables.add(variable);
    return new PullSecret(variable.stringValue, stack.node.path, options, variable);
  }

  /**
   * From a Docker configuration file on the machine where Terraform runs, read when it runs: the `auth` string of
   * `auths[host]`, which Terraform decodes to `user:password` where that is the form to send.
   * @param host the registry as the file has it, such as `quay.io`
   * @param path the file; default `~/.docker/config.json`
   */
  static fromDockerConfig(
    host: string,
    path = "~/.docker/config.json",
    options: DockerConfigSecretOptions = {},
  ): PullSecret {
    const where = `PullSecret.fromDockerConfig(${JSON.stringify(host)})`;
    throwProblems(where, parseProps({ host: text, path: text, ...OPTIONS }, { host, path, ...options }).problems);
    const { form } = options;
    const config = Fn.jsondecode(Fn.file(Fn.pathexpand(asText(path))));
    const auth = Token.asString(Fn.lookupNested(config, ["auths", asText(host), "auth"]));
    const inner = {
      auth: Token.asString(Fn.sensitive(auth)),
      "user:password": Token.asString(Fn.sensitive(Fn.base64decode(auth))),
    };
    return new PullSecret({ inner, chosen: form && (() => form) }, where, options);
  }

  /**
   * From any CDKTF token: an attribute of a Vault data source, a variable, a local.
   * @throws {LiteralSecretError} when it is not a token but the secret itself
   */
  static fromToken(token: string, options: PullSecretOptions = {}): PullSecret {
    if (!isToken(token)) throw new LiteralSecretError("PullSecret.fromToken");
    return new PullSecret(asText(token), "PullSecret.fromToken", options);
  }

  /**
   * Makes the variable of {@link fromVariable} ephemeral, for a target that puts the secret into write-only arguments and nowhere
   * else: a saved plan holds the values of variables, sensitive ones too, unless they are ephemeral (Terraform 1.10).
   * @internal
   */
  markEphemeral(): void {
    this.#variable?.addOverride("ephemeral", true);
  }

  /**
   * The same secret, in a form that is decided at synth time. A secret with a single form, or with a form that the program chose, is
   * returned unchanged.
   * @internal
   */
  inForm(form: () => PullSecretForm): PullSecret {
    if (typeof this.#inner === "string" || this.#inner.chosen) return this;
    return new PullSecret({ ...this.#inner, chosen: form }, this.#where, { version: this.version }, this.#variable);
  }

  /**
   * A token for the secret's name in Terraform, such as `var.quay_pull_secret`, for places where the value must not appear.
   * @throws {LiteralSecretError} at synth time, when the token turns out to hold the secret itself
   */
  get reference(): string {
    return Token.asString(
      new SynthValue((context) => {
        const resolved = this.#resolve(context);
        return context.preparing ? "" : expressionsIn(resolved).map(withoutLiterals).join(" and ");
      }),
    );
  }

  /** Text for Terraform JSON. An expression without a reference would be the secret itself, at most encoded. */
  #resolve(context: IResolveContext): string {
    const resolved: unknown = context.resolve(this.#token(context));
    if (context.preparing) return typeof resolved === "string" ? resolved : "";
    if (typeof resolved === "string" && expressionsIn(resolved).some(refersToSomething)) return resolved;
    throw new LiteralSecretError(this.#where);
  }

  #token({ scope, preparing }: IResolveContext): string {
    if (typeof this.#inner === "string") return this.#inner;
    const { inner, chosen } = this.#inner;
    // Context and settings that decide the form may change until synthesis.
    if (preparing) return inner.auth;
    return inner[chosen ? chosen() : PinRegistry.of(scope).pullSecretForm(scope)];
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/gs;

/** Expressions in a Terraform template: the text between `${` and its closing brace. */
function expressionsIn(template: string): string[] {
  const expressions: string[] = [];
  for (let start = template.indexOf("${"); start >= 0; start = template.indexOf("${", start)) {
    let end = start + 2;
    for (let depth = 1; depth > 0 && end < template.length; end += 1) {
      if (template[end] === "{") depth += 1;
      if (template[end] === "}") depth -= 1;
    }
    const escaped = template[start - 1] === "$";
    if (!escaped) expressions.push(template.slice(start + 2, end - 1));
    start = end;
  }
  return expressions;
}

function refersToSomething(expression: string): boolean {
  const code = expression.replace(STRING, '""');
  return /\b[a-z_][\w-]*(?:\[[^\]]*\])?\.[a-z_]/i.test(code) || /\bfile(?:base64)?\(/.test(code);
}

/** The expression with string literals masked, except indexes and file paths: a literal may be part of a secret. */
function withoutLiterals(expression: string): string {
  return expression.replace(STRING, (literal, offset: number) => {
    const before = expression.slice(0, offset);
    const isIndex = /[\w)\]]\[$/.test(before);
    const isPath = /\b(?:file|pathexpand)\($/.test(before);
    return isIndex || isPath ? literal : '"…"';
  });
}
