import { addressScope, mayLeadTo } from "../../net";

/**
 * The reason for which a token realm must not get credentials; undefined when it may.
 *
 * A hostile or hijacked registry could name any realm: it must not lead from HTTPS to plain HTTP, nor to this machine or its link,
 * unless the registry is there too. Checks the URL as written; the address of a name is checked when connecting (`leadFrom` of the
 * request).
 * @param registryScope the registry's address scope, where it is known better than from its name
 */
export function realmFault(
  realm: URL,
  registry: URL,
  registryScope = addressScope(registry.hostname),
): string | undefined {
  if (realm.protocol !== "https:" && realm.protocol !== "http:") return `its token realm uses ${realm.protocol}`;
  if (realm.protocol === "http:" && registry.protocol === "https:") return "its token realm is plain HTTP";
  if (realm.username || realm.password) return "its token realm contains a user name or password";
  const scope = addressScope(realm.hostname);
  if (!mayLeadTo(scope, registryScope)) return `its token realm is a ${scope} address`;
  return undefined;
}
