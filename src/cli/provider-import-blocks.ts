import { existsSync, writeFileSync } from "node:fs";
import { accessFrom, ForbiddenError, IronicClient, type IronicNode, MicroversionError } from "../ironic";
import { printable } from "../reference";
import { type ImportBlocks, type IronicObjects, importBlocks } from "./import-blocks";
import { EXIT, type Io, UsageError } from "./io";
import { paint } from "./print";

export interface ImportBlocksOptions {
  readonly node?: readonly string[];
  readonly resourceClass?: string;
  readonly owner?: string;
  readonly cloud?: string;
  readonly out?: string;
  readonly force?: boolean;
}

/** `ironic-oci provider import-blocks`: an import block for each object of an Ironic. */
export async function providerImportBlocks(
  _: readonly string[],
  options: ImportBlocksOptions,
  io: Io,
): Promise<number> {
  const access = accessFrom({ cloud: options.cloud }, process.env);
  if (access === undefined) {
    throw new UsageError(
      "no Ironic is configured: set IRONIC_ENDPOINT, or OS_CLOUD, or OS_AUTH_URL and the credentials, as for the Terraform provider",
    );
  }
  if (options.force && options.out === undefined) throw new UsageError("--force has an effect with --out only");
  if (options.out !== undefined && !options.force && existsSync(options.out)) throw existing(options.out);
  const client = new IronicClient(access);
  try {
    const selected = await selectedNodes(client, options, io.signal);
    const { objects, unreadable } = await read(client, selected, io.signal);
    const blocks = importBlocks(objects, selected && uuidsOf(selected));
    report({ ...blocks, left: [...blocks.left, ...unreadable] }, options, io);
    return EXIT.fine;
  } finally {
    await client.close();
  }
}

/** Undefined without a filter, with which all objects are selected. */
async function selectedNodes(
  client: IronicClient,
  { node: wanted, resourceClass, owner }: ImportBlocksOptions,
  signal: AbortSignal,
): Promise<readonly IronicNode[] | undefined> {
  if (wanted === undefined && resourceClass === undefined && owner === undefined) return undefined;
  const query = {
    ...(resourceClass !== undefined && { resource_class: resourceClass }),
    ...(owner !== undefined && { owner }),
  };
  const nodes = await client.listNodes(query, { signal });
  if (wanted === undefined) return nodes;
  const found = wanted.map((each) => {
    const node = nodes.find(({ uuid, name }) => uuid === each || name === each);
    if (node !== undefined) return node;
    const filter = Object.keys(query).length > 0 ? " among the nodes of this resource class and owner" : "";
    throw new UsageError(`--node: there is no node ${each}${filter}`);
  });
  return [...new Set(found)];
}

/** The objects, and what could not be read of them, a sentence each. */
async function read(
  client: IronicClient,
  selected: readonly IronicNode[] | undefined,
  signal: AbortSignal,
): Promise<{ readonly objects: IronicObjects; readonly unreadable: readonly string[] }> {
  const unreadable: string[] = [];
  /** A list that not every Ironic has, and that the policy of Ironic may permit to administrators only. */
  const optional = async <T>(what: string, list: Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await list;
    } catch (error) {
      if (error instanceof MicroversionError) return [];
      if (!(error instanceof ForbiddenError)) throw error;
      unreadable.push(`${what}: ${error.message}`);
      return [];
    }
  };
  /** What belongs to no node is not read for selected ones. */
  const ofNoNode = <T>(what: string, list: () => Promise<readonly T[]>) =>
    selected === undefined ? optional(what, list()) : [];
  const options = { signal };
  // One list of each kind, whatever is selected: a page has 1,000 objects.
  const [nodes, ports, portGroups, allocations, ...others] = await Promise.all([
    selected ?? client.listNodes({}, options),
    client.listPorts(undefined, options),
    client.listPortGroups(options),
    client.listAllocations(options),
    optional("volume connectors", client.volumeConnectors.list({}, options)),
    optional("volume targets", client.volumeTargets.list({}, options)),
    ofNoNode("deploy templates", () => client.deployTemplates.list({}, options)),
    ofNoNode("runbooks", () => client.runbooks.list({}, options)),
    ofNoNode("inspection rules", () => client.inspectionRules.list({}, options)),
  ]);
  const [volumeConnectors, volumeTargets, deployTemplates, runbooks, inspectionRules] = others;
  const ofNodes = { nodes, ports, portGroups, volumeConnectors, volumeTargets };
  return {
    objects: { ...ofNodes, allocations, deployTemplates, runbooks, inspectionRules },
    unreadable: unreadable.sort(),
  };
}

function uuidsOf(nodes: readonly IronicNode[]): ReadonlySet<string> {
  return new Set(nodes.map(({ uuid }) => uuid));
}

function existing(path: string): UsageError {
  return new UsageError(`--out: ${path} exists already; --force replaces it`);
}

function report({ text, count, left }: ImportBlocks, { out, force }: ImportBlocksOptions, io: Io): void {
  if (out === undefined) io.out(text);
  else {
    try {
      writeFileSync(out, text, { flag: force ? "w" : "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw existing(out);
    }
    io.err(`${out}: ${count} import ${count === 1 ? "block" : "blocks"}\n`);
  }
  if (count === 0) io.err("there is nothing to import\n");
  for (const each of left) io.err(`${paint(io, "yellow", "left out:")} ${printable(each)}\n`);
}
