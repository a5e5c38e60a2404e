import type { Case } from "./case";
import type { Check } from "./check";

/** Where a secret is, as Ironic's documentation names it. */
export const SECRET_NAMES = {
  instance_info: "instance_info",
  driver_info: "driver_info",
  image_server: "[deploy]image_server_user",
  authentication_config: "[oci]authentication_config",
} as const;

/** Whether the conductor is let in on the way that it takes, and what to do if not. */
export function registryCheck({ findings }: Case): Check {
  const { reports, taken, attempt } = findings.ways;
  const report = reports.find(({ way }) => way === taken);
  const outcome = report?.works === true ? "ok" : "fails";
  const reason = report?.reason ?? "there is no way to it";
  return { check: "registry", outcome, reason, advice: outcome === "ok" ? undefined : advise() };

  /** What is known of this very secret comes first; where another way works, a guess at the cause (a wrong tag, say) is refuted. */
  function advise(): string | undefined {
    const isGeneral = report?.advice === attempt?.advice;
    return isGeneral ? (other() ?? report?.advice) : (report?.advice ?? other());
  }

  /** Another way that works, which Ironic does not take as long as it has this one. */
  function other(): string | undefined {
    const better = reports.find(({ works, way }) => works && way !== taken);
    if (better === undefined) return undefined;
    return better.way === "anonymous"
      ? "remove the secret: the registry gives it to everybody"
      : `remove the secret that Ironic takes first: the one of ${SECRET_NAMES[better.way]} works`;
  }
}
