import { IronicOciError } from "../src/reference";

/** Invalid props of a construct, or an invalid value in its context. Names the construct's path and every wrong field. */
export class InvalidPropsError extends IronicOciError {
  readonly code = "INVALID_PROPS";

  constructor(
    /** The construct's path in the tree, such as `rack-1/node-0`. */
    readonly path: string,
    /** One line for each wrong field. */
    readonly problems: readonly string[],
    hint?: string,
  ) {
    const lines = problems.map((each) => `  ${each.replaceAll("\n", "\n    ")}`);
    super(`${path}: ${problems.length === 1 ? problems[0] : `\n${lines.join("\n")}`}`, { hint });
  }
}

/** A secret as a literal in the program, where a reference to it is needed. The message does not hold it. */
export class LiteralSecretError extends IronicOciError {
  readonly code = "LITERAL_SECRET";

  constructor(
    /** The function that was called, or the construct's path. */
    readonly path: string,
  ) {
    super(`${path}: a secret written into the program would end up in Terraform JSON and state`, {
      hint: "refer to it: PullSecret.fromVariable(stack, name), PullSecret.fromDockerConfig(host) or PullSecret.fromToken(token)",
    });
  }
}

/** References of the tree without a pin. Lists each of them, the constructs that need it, and the reason. */
export class NotPinnedError extends IronicOciError {
  readonly code = "NOT_PINNED";

  constructor(problems: readonly string[], hint: string | undefined) {
    super(`not everything could be pinned:\n${problems.map((each) => `  ${each}`).join("\n")}`, { hint });
  }
}
