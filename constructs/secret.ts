import { Fn, type IResolveContext, TerraformStack, TerraformVariable, Token } from "cdktf";
import type { Construct } from "constructs";
import { InvalidPropsError, LiteralSecretError } from "./errors";
import { SynthValue } from "./synth-value";

/**
 * A secret that the program refers to and never holds: Terraform reads it when it runs.
 *
 * Made for pull secrets (Ironic's `image_pull_secret`: `user:password`, or the `auth` string of a Docker
 * configuration), and good for any other secret of a node, such as a BMC's password.
 */
export class PullSecret {
  /** A token for the secret's value. Whoever puts it into a resource may put the secret into Terraform's state. */
  readonly value: string;
  readonly #where: string;
  readonly #inner: string;

  private constructor(inner: string, where: string) {
    this.#inner = inner;
    this.#where = where;
    this.value = Token.asString(new SynthValue((context) => this.#resolve(context)));
  }

  /**
   * From a Terraform variable, which this makes: a sensitive string named exactly `name`, to be set with
   * `TF_VAR_name` or a `.tfvars` file. Calls with the same name share it.
   * @throws {InvalidPropsError} when the stack has something else of that name
   */
  static fromVariable(scope: Construct, name: string, options: { readonly description?: string } = {}): PullSecret {
    const stack = TerraformStack.of(scope);
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
      throw new InvalidPropsError(stack.node.path, [`${JSON.stringify(name)} can't be a Terraform variable's name`]);
    }
    const existing = stack.node.tryFindChild(name);
    if (existing) {
      if (existing instanceof TerraformVariable && existing.sensitive)
        return new PullSecret(existing.stringValue, stack.node.path);
      throw new InvalidPropsError(stack.node.path, [`${name} is there already, and is no sensitive variable`]);
    }
    const variable = new TerraformVariable(stack, name, {
      type: "string",
      sensitive: true,
      nullable: false,
      description: options.description ?? "A pull secret: user:password, or the auth string of a Docker configuration",
    });
    variable.overrideLogicalId(name);
    return new PullSecret(variable.stringValue, stack.node.path);
  }

  /**
   * From a Docker configuration file on the machine where Terraform runs, read when it runs: the `auth` string of
   * `auths[host]`.
   * @param host the registry as the file has it, such as `quay.io`
   * @param path the file; default `~/.docker/config.json`
   */
  static fromDockerConfig(host: string, path = "~/.docker/config.json"): PullSecret {
    const config = Fn.jsondecode(Fn.file(Fn.pathexpand(path)));
    const auth = Fn.lookupNested(config, ["auths", host, "auth"]);
    return new PullSecret(Token.asString(Fn.sensitive(auth)), `PullSecret.fromDockerConfig(${JSON.stringify(host)})`);
  }

  /**
   * From any CDKTF token: an attribute of a Vault data source, a variable, a local.
   * @throws {LiteralSecretError} when it is no token but the secret itself
   */
  static fromToken(token: string): PullSecret {
    if (!Token.isUnresolved(token)) throw new LiteralSecretError("PullSecret.fromToken");
    return new PullSecret(token, "PullSecret.fromToken");
  }

  /**
   * A token for the secret's name in Terraform, such as `var.quay_pull_secret`: what may stand in for it where it must
   * not be seen.
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

  /** What goes into Terraform JSON; something that refers to nothing would be the secret itself, dressed up at most. */
  #resolve(context: IResolveContext): string {
    const resolved: unknown = context.resolve(this.#inner);
    if (context.preparing) return typeof resolved === "string" ? resolved : "";
    if (typeof resolved === "string" && expressionsIn(resolved).some(refersToSomething)) return resolved;
    throw new LiteralSecretError(this.#where);
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/gs;

/** The expressions in a Terraform template: what stands between `${` and the brace that closes it. */
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

/** The expression with every string blanked that is neither an index nor a file's path: it may be part of a secret. */
function withoutLiterals(expression: string): string {
  return expression.replace(STRING, (literal, offset: number) => {
    const before = expression.slice(0, offset);
    const isIndex = /[\w)\]]\[$/.test(before);
    const isPath = /\b(?:file|pathexpand)\($/.test(before);
    return isIndex || isPath ? literal : '"…"';
  });
}
