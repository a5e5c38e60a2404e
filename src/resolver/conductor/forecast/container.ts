import type { AgentPullFault } from "../agent";
import type { Case } from "./case";
import type { Check } from "./check";
import { directChecks } from "./disk";
import { interfaceCheck } from "./interfaces";
import { registryCheck, SECRET_NAMES } from "./registry";

/**
 * The deploy interface `bootc`: the agent pulls and runs the container. The conductor itself asks the registry nothing.
 * Source: Ironic, `BootcAgentDeploy`.
 */
export function bootcChecks(each: Case): Check[] {
  const detected = each.identified?.kind;
  const would =
    detected === undefined
      ? "could not read the image"
      : `would take it for ${detected === "bootc" ? "a bootc container" : "a disk image"}`;
  const reason = `not needed, as deploy_interface bootc is set; the conductor itself ${would}`;
  return [
    ...interfaceCheck(each, "bootc"),
    { check: "detection", outcome: "ok", reason },
    classCheck(each),
    agentPullCheck(each),
  ];
}

/**
 * The deploy interface `autodetect`: the first interface that supports the image, else the last one of
 * `autodetect_deploy_interfaces`. `ramdisk` never supports a disk image.
 * Source: Ironic, `AutodetectDeploy.switch_interface` and the `supports_deploy` of each interface (35.0 to 39.0).
 */
export function autodetectChecks(each: Case): Check[] {
  const missing = interfaceCheck(each, "autodetect");
  if (missing.some(({ outcome }) => outcome === "fails")) return missing;
  const isBootc = each.identified?.kind === "bootc";
  const chosen = detectedInterface(each);
  const reason = `${describeDetection(each)}: the deploy interface becomes ${chosen ?? "none"}`;
  if (chosen === "bootc") {
    const detection = { check: "detection", outcome: "ok", reason } as const;
    return [...missing, registryCheck(each), detection, classCheck(each), agentPullCheck(each)];
  }
  if (chosen !== "direct") return [...missing, registryCheck(each), { check: "detection", outcome: "unknown", reason }];
  const isUndetected = each.findings.agentKind === "bootc" && !isBootc;
  const advice = isUndetected ? "for a private bootc container set deploy_interface bootc outright" : undefined;
  return [...missing, { check: "detection", outcome: "ok", reason, advice }, ...directChecks(each)];
}

/** What `autodetect` becomes; undefined where the conductor's configuration leaves it nothing. */
export function detectedInterface(each: Case): string | undefined {
  const order = each.conductor.settings.autodetectDeployInterfaces.filter((name) => name !== "ramdisk");
  const isBootc = each.identified?.kind === "bootc";
  return order.find((name) => name !== "bootc" || isBootc) ?? order.at(-1);
}

function describeDetection({ identified }: Case): string {
  if (identified?.kind === "bootc") return "the conductor takes the image for a bootc container";
  if (identified) return "the conductor takes it for a disk image";
  return "the conductor can't read the image, and so detects no bootc container";
}

/** The class of what the agent pulls; where the agent reads nothing, of the manifest that the conductor read. */
function classCheck({ findings, identified }: Case): Check {
  const check = "class";
  const readByAgent = findings.agent?.content !== undefined;
  const kind = readByAgent ? findings.agentKind : (findings.agentKind ?? identified?.containerKind);
  switch (kind) {
    case "disk": {
      const reason = "the manifest carries the marks of an artifact: podman has no container to run in it";
      return { check, outcome: "fails", reason, advice: "deploy a disk image with deploy_interface direct" };
    }
    case "bootc":
      return { check, outcome: "ok", reason: "a container; whether it has bootc in it is not looked at" };
    default: {
      const reason =
        readByAgent || identified
          ? "an index: podman picks one of its manifests"
          : "no manifest of a container could be read";
      return { check, outcome: "unknown", reason };
    }
  }
}

const AUTH_STRING =
  "the agent's podman wants the auth string of a Docker configuration (base64 of user:password), whatever the release; set deploy_interface bootc outright with it";

/** The remedy for each cause. */
const PULL_ADVICE: Readonly<Record<AgentPullFault, string>> = {
  secret: AUTH_STRING,
  "no-secret": AUTH_STRING,
  "authentication-config": 'put a JSON object into the file of [oci]authentication_config, such as {"auths": {}}',
  "plain-http":
    "serve the registry over TLS, or build the ramdisk with an entry of insecure = true for it in registries.conf",
  tls: "build the ramdisk with the authority of the registry's certificate",
  "not-there": "check the tag or digest in the reference, and its repository",
};

function agentPullCheck({ findings }: Case): Check {
  const { agent } = findings;
  if (!agent) return { check: "agent's pull", outcome: "unknown", reason: "not tried" };
  const { works, reason, secretFrom, fault } = agent;
  const from = secretFrom === undefined ? "without a secret" : `with the secret of ${SECRET_NAMES[secretFrom]}`;
  return {
    check: "agent's pull",
    outcome: works === undefined ? "unknown" : works ? "ok" : "fails",
    reason: `${from}: ${reason}`,
    advice: fault && PULL_ADVICE[fault],
  };
}
