// Terraform's dependency lock file, .terraform.lock.hcl: reading it, and adding one provider's entry to it. Pure.
// Source: Terraform, "Dependency Lock File", and internal/depsfile.
import { type Tokens, tokenize } from "./dependency-lock-tokens";

/** One `provider` block. */
export interface LockedProvider {
  /** Fully qualified: `registry.terraform.io/hashicorp/null`. */
  readonly address: string;
  readonly version: string | undefined;
  /** In canonical form; undefined where the configuration names none. */
  readonly constraints: string | undefined;
  /** Of the provider's packages: `h1:…`, `zh:…`. */
  readonly hashes: readonly string[];
}

interface Block extends LockedProvider {
  /** The block's range in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

const HEADER = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
`;
const COMMENT_LINE = /^[ \t]*(#|\/\/)/;

/** A dependency lock file, immutable. Changes return a new one and keep the remaining text byte for byte. */
export class DependencyLock {
  readonly text: string;
  readonly #blocks: readonly Block[];

  private constructor(text: string, blocks: readonly Block[]) {
    this.text = text;
    this.#blocks = blocks;
  }

  /**
   * Parses a file's text; "" for a missing file.
   * @throws {DependencyLockSyntaxError} for text that Terraform refuses, too
   */
  static parse(text: string): DependencyLock {
    return new DependencyLock(text, readBlocks(text));
  }

  get providers(): readonly LockedProvider[] {
    return this.#blocks;
  }

  find(address: string): LockedProvider | undefined {
    return this.#blocks.find((block) => block.address === address);
  }

  /** Replaces or adds an entry, at Terraform's position and in its format. */
  with(entry: LockedProvider): DependencyLock {
    const { text } = this;
    const block = printEntry(entry);
    const before = this.#blocks.find(({ address }) => address === entry.address);
    if (before !== undefined) return this.#changed(text.slice(0, before.start), block, text.slice(before.end));
    const next = this.#blocks.find(({ address }) => compareAddresses(address, entry.address) > 0);
    if (next !== undefined) {
      const at = withAttachedComments(text, next.start);
      return this.#changed(text.slice(0, at), `${block}\n\n`, text.slice(at));
    }
    if (text.trim() === "") return this.#changed("", `${HEADER}\n${block}\n`, "");
    return this.#changed(text.trimEnd(), `\n\n${block}\n`, "");
  }

  #changed(head: string, inserted: string, tail: string): DependencyLock {
    // CRLF line ends are kept.
    const crlf = this.text.includes("\r\n");
    return DependencyLock.parse(head + (crlf ? inserted.replaceAll("\n", "\r\n") : inserted) + tail);
  }
}

function printEntry({ address, version, constraints, hashes }: LockedProvider): string {
  const lines = [
    `provider ${quote(address)} {`,
    // Terraform aligns the equals signs of neighbouring lines.
    ...(constraints === undefined
      ? [`  version = ${quote(version ?? "")}`]
      : [`  version     = ${quote(version ?? "")}`, `  constraints = ${quote(constraints)}`]),
    "  hashes = [",
    ...[...hashes].sort().map((hash) => `    ${quote(hash)},`),
    "  ]",
    "}",
  ];
  return lines.join("\n");
}

/** Addresses, versions and hashes contain nothing to escape. */
function quote(text: string): string {
  return `"${text}"`;
}

/** Terraform's order: by host, then namespace, then type. */
function compareAddresses(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (const [at, part] of left.entries()) {
    const other = right[at] ?? "";
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}

/** The start of the comment lines directly above a block, which belong to it. */
function withAttachedComments(text: string, start: number): number {
  let at = start;
  while (at > 0) {
    const line = text.lastIndexOf("\n", at - 2) + 1;
    if (!COMMENT_LINE.test(text.slice(line, at))) break;
    at = line;
  }
  return at;
}

function readBlocks(text: string): readonly Block[] {
  const tokens: Tokens = tokenize(text);
  const blocks: Block[] = [];
  while (!tokens.atEnd) {
    const start = tokens.expect("identifier", "a block such as provider");
    const labels: string[] = [];
    for (let label = tokens.take("string"); label !== undefined; label = tokens.take("string")) labels.push(label.text);
    tokens.expect("{", "{");
    const attributes = new Map<string, readonly string[]>();
    let end = tokens.take("}");
    while (end === undefined) {
      const name = tokens.expect("identifier", "an argument or }");
      tokens.expect("=", "=");
      if (attributes.has(name.text)) tokens.fail(name, `${name.text} is a duplicate`);
      attributes.set(name.text, readValue());
      end = tokens.take("}");
    }
    if (start.text !== "provider") continue;
    const [address, ...others] = labels;
    if (address === undefined || others.length > 0) tokens.fail(start, "a provider block has one label, its address");
    if (blocks.some((block) => block.address === address)) tokens.fail(start, `${address} is a duplicate`);
    const [version] = attributes.get("version") ?? [];
    if (version === undefined) tokens.fail(start, `${address} has no version`);
    blocks.push({
      address,
      version,
      constraints: attributes.get("constraints")?.[0],
      hashes: attributes.get("hashes") ?? [],
      start: start.start,
      end: end.end,
    });
  }
  return blocks;

  /** A string, or a list of strings. */
  function readValue(): readonly string[] {
    if (tokens.take("[") === undefined) return [tokens.expect("string", "a string or a list of strings").text];
    const values: string[] = [];
    while (tokens.take("]") === undefined) {
      values.push(tokens.expect("string", "a string or ]").text);
      if (tokens.take(",") === undefined) {
        tokens.expect("]", ", or ]");
        break;
      }
    }
    return values;
  }
}
