import { randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { IronicNode, JsonObject } from "../../ironic";
import { wholeInfo } from "./instance-info";
import { ordered } from "./ordered";
import type { DeploymentState } from "./schema";
import { UNFINISHED } from "./unfinished";

const BYTES = 16;
/** About 10 ms and 4 MiB for a hash: a reader of the node can't try guesses of a password in user data at speed. */
const COST: ScryptOptions = { N: 4096, r: 8 };
/** Without a config drive, what is hashed can be read from the node: 1,000 deployments are not to take 10 s of processor time. */
const NO_COST: ScryptOptions = { N: 2, r: 1 };
const hashOf = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** The arguments that decide what is deployed; those of the config drive come as its input. */
type Deployed = Pick<
  DeploymentState,
  "instance_info" | "instance_info_typed" | "deploy_steps" | "image_pull_secret_wo_version"
>;

/**
 * The mark of an unfinished deployment or rebuild, sent with its `instance_info`: salt and hash of what is deployed in hexadecimal, and
 * the time of the node's last transition before it, as `SALT:HASH@TIME`.
 *
 * The hash tells the next apply whether Ironic has deployed the same; it is a slow one, because user data and `instance_info` may hold
 * secrets. The time tells whether Ironic has accepted the request that followed: each transition changes it.
 * @param drive the input of the config drive
 * @param node the node before the deployment
 */
export async function markOf(deployed: Deployed, drive: JsonObject | undefined, node: IronicNode): Promise<string> {
  const salt = randomBytes(BYTES);
  return `${salt.toString("hex")}:${await hash(deployed, drive, salt)}@${lastTransition(node)}`;
}

/** Whether Ironic has accepted, and finished, the deployment of a node's mark. */
export function wasAccepted(node: IronicNode): boolean {
  return node.provision_state === "active" && parsed(node).time !== lastTransition(node);
}

/** Whether Ironic has deployed what is given, so that only the mark of a marked node is left. */
export async function wasDeployed(
  node: IronicNode,
  deployed: Deployed,
  drive: JsonObject | undefined,
): Promise<boolean> {
  const { salt, hash: before } = parsed(node);
  return wasAccepted(node) && before === (await hash(deployed, drive, Buffer.from(salt, "hex")));
}

function parsed({ instance_info: info }: IronicNode) {
  const [, salt = "", hash = "", time = ""] = /^(\w*):(\w*)@(.*)$/.exec(String(info[UNFINISHED])) ?? [];
  return { salt, hash, time };
}

async function hash(deployed: Deployed, drive: JsonObject | undefined, salt: Buffer): Promise<string> {
  const { deploy_steps: steps, image_pull_secret_wo_version: version } = deployed;
  const text = JSON.stringify([ordered(wholeInfo(deployed)), steps, version, drive ?? null]);
  return (await hashOf(text, salt, BYTES, drive === undefined ? NO_COST : COST)).toString("hex");
}

/** `provision_updated_at` of the API: null for a node that never left its first state. */
function lastTransition({ provision_updated_at: time }: IronicNode): string {
  return String(time);
}
