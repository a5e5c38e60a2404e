import { addressScope, mayLeadTo } from "../../net";

/**
 * Why a token realm must not be sent credentials, or undefined when it may.
 *
 * A registry names its realm itself, so a hostile or hijacked one could name any: it may not turn an encrypted
 * conversation into a plain one, and may not reach into this machine or its link unless the registry is there too. This judges
 * what is written; the address that a name stands for is judged when connecting (`leadFrom` of the request).
 * @param registryScope where the registry is, if that is known better than from its name
 */
export function realmFault(
  realm: URL,
  registry: URL,
  registryScope = addressScope(registry.hostname),
): string | undefined {
  if (realm.protocol !== "https:" && realm.protocol !== "http:") return `its token realm uses ${realm.protocol}`;
  if (realm.protocol === "http:" && registry.protocol === "https:") return "its token realm is plain HTTP";
  if (realm.username || realm.password) return "its token realm carries a user name or password";
  const scope = addressScope(realm.hostname);
  if (!mayLeadTo(scope, registryScope)) return `its token realm is a ${scope} address`;
  return undefined;
}
