import { basicAuth } from "../net";
import { Secrets } from "../text";

/** Authorization of requests; made by {@link noAuth}, {@link httpBasic} or `keystone`. */
export interface IronicAuth {
  /** The headers of the next request; may fetch a token. Rejects with KeystoneError, or like a request to Keystone. */
  headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * Called after a 401 with the refused headers: drops their token, but not a newer one. True when another attempt
   * may succeed.
   */
  refused(headers: Readonly<Record<string, string>>): boolean;
  /** Its password, token or secret, which no text may show. Headers are masked in any case. */
  readonly secrets?: Secrets;
  /** The API's URL from the service catalog of the token. */
  endpoint?(signal?: AbortSignal): Promise<string>;
}

/** No authorization: Ironic's `auth_strategy = noauth`. */
export function noAuth(): IronicAuth {
  return { headers: async () => ({}), refused: () => false };
}

/** A fixed Keystone token, for an API with a known URL. It can't be renewed. */
export function apiToken(token: string): IronicAuth {
  return { headers: async () => ({ "x-auth-token": token }), refused: () => false };
}

/** Basic authentication: Ironic's `auth_strategy = http_basic`. */
export function httpBasic(username: string, password: string): IronicAuth {
  const authorization = basicAuth(username, password);
  return { headers: async () => ({ authorization }), refused: () => false, secrets: secretsOf(password, username) };
}

/** @param user the user whose password it is */
export function secretsOf(secret: string, user?: string): Secrets {
  const secrets = new Secrets();
  secrets.add(secret, user);
  return secrets;
}
