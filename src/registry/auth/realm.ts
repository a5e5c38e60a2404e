import { nearness } from "../http/nearness";

/**
 * Why a token realm must not be shown credentials, or undefined when it may.
 *
 * A registry names its realm itself, so a hostile or hijacked one could name any: it may not turn an encrypted
 * conversation into a plain one, and may not reach into this machine or its link unless the registry is there too.
 */
export function realmFault(realm: URL, registry: URL): string | undefined {
  if (realm.protocol !== "https:" && realm.protocol !== "http:") return `its token realm uses ${realm.protocol}`;
  if (realm.protocol === "http:" && registry.protocol === "https:") return "its token realm is plain HTTP";
  if (realm.username || realm.password) return "its token realm carries a user name or password";
  const [there, here] = [nearness(realm.hostname), nearness(registry.hostname)];
  if (there !== "remote" && there !== here) return `its token realm is a ${there} address`;
  return undefined;
}
