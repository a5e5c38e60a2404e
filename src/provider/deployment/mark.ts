import { randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { IronicNode, JsonObject } from "../../ironic";
import { UNFINISHED } from "../shared/unfinished";
import type { DeploymentPlanned } from "./schema";

const BYTES = 16;
/** About 10 ms and 4 MiB for a hash: a reader of the node can't try guesses of a password in user data at speed. */
const COST: ScryptOptions = { N: 4096, r: 8 };
const hashOf = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * The mark of an unfinished deployment: a salted hash of what is deployed, so that the next apply can tell whether Ironic is
 * deploying the same. The hash is a slow one, because user data and `instance_info` may hold secrets.
 * @param drive the input of the config drive
 * @returns salt and hash in hexadecimal, with a colon between them
 */
export async function markOf(
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  salt = randomBytes(BYTES),
): Promise<string> {
  const { instance_info: info, deploy_steps: steps, image_pull_secret_wo_version: version } = planned;
  const sorted = Object.entries(info).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([sorted, steps, version, drive ?? null]);
  return `${salt.toString("hex")}:${(await hashOf(text, salt, BYTES, COST)).toString("hex")}`;
}

/** The mark of a node's deployment; undefined where it has finished, or is by another client. */
export function unfinishedMark({ instance_info: info }: IronicNode): string | undefined {
  const mark = Object.hasOwn(info, UNFINISHED) ? info[UNFINISHED] : undefined;
  return mark === undefined || mark === null ? undefined : String(mark);
}

/** Whether a mark is that of the planned deployment. */
export async function marks(mark: string, planned: DeploymentPlanned, drive: JsonObject | undefined): Promise<boolean> {
  return mark === (await markOf(planned, drive, Buffer.from(mark.split(":")[0] ?? "", "hex")));
}
