import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Artifact, ArtifactKind } from "../publish";
import { UsageError } from "./io";

/** What `ironic-oci push --file` publishes. */
export interface PushFile {
  readonly reference: string | undefined;
  readonly artifacts: readonly Artifact[];
  readonly podmanMachine: boolean | undefined;
  readonly compress: "zstd" | undefined;
}

/**
 * Reads the YAML file of `ironic-oci push --file`. Paths in it are relative to it.
 * @throws {UsageError} which names what is wrong
 */
export function readPushFile(path: string): PushFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--file ${path}: the file can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const z = require("zod") as typeof import("zod");
  const { parse } = require("yaml") as typeof import("yaml");
  const File = z.strictObject({ architecture: z.string().optional(), file: z.string().min(1) });
  const Disk = z.strictObject({ architecture: z.string(), disktype: z.string(), file: z.string().min(1) });
  const Content = z.strictObject({
    reference: z.string().optional(),
    disk: z.array(Disk).optional(),
    kernel: z.array(File).optional(),
    ramdisk: z.array(File).optional(),
    iso: z.array(File).optional(),
    podmanMachine: z.boolean().optional(),
    compress: z.literal("zstd").optional(),
  });
  let content: unknown;
  try {
    content = parse(text, { prettyErrors: false });
  } catch (error) {
    throw new UsageError(`--file ${path}: this is not YAML${describeFault(error as YamlFault, text)}`);
  }
  const parsed = Content.safeParse(content);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join(".") || "the file"}: ${issue.message}`);
    throw new UsageError([`--file ${path}: not what ironic-oci push reads`, ...faults].join("\n"));
  }
  const { reference, podmanMachine, compress, disk, kernel, ramdisk, iso } = parsed.data;
  const lists: Readonly<Record<ArtifactKind, readonly { file: string }[] | undefined>> = { disk, kernel, ramdisk, iso };
  const artifacts = Object.entries(lists).flatMap(([kind, files = []]) =>
    files.map(({ file, ...facts }) => ({ ...facts, kind: kind as ArtifactKind, path: resolve(dirname(path), file) })),
  );
  return { reference, artifacts, podmanMachine, compress };
}

interface YamlFault {
  readonly code?: string;
  /** Offsets in the text. */
  readonly pos?: readonly [number, number];
}

/** The place of a fault, and what is behind a common one. The text itself is not quoted. */
function describeFault({ code = "syntax", pos: [offset] = [0, 0] }: YamlFault, text: string): string {
  const before = text.slice(0, offset).split("\n");
  const advice =
    code === "BAD_DQ_ESCAPE" ? ": in double quotes a backslash is an escape; write the path in single quotes" : "";
  return `, at line ${before.length}, column ${(before.at(-1) ?? "").length + 1} (${code})${advice}`;
}
