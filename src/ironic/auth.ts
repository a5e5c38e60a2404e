import { basicAuth } from "../net";

/** How requests are authorized. */
export interface IronicAuth {
  /** Headers for the next request; may fetch a token first. */
  headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * Called after a 401, with the headers that were refused: drops the token in them, but not a newer one. True when another
   * attempt makes sense.
   */
  refused(headers: Readonly<Record<string, string>>): boolean;
  /** The API's URL, where it comes with the token (a service catalog). */
  endpoint?(signal?: AbortSignal): Promise<string>;
}

/** `auth_strategy = noauth`. */
export function noAuth(): IronicAuth {
  return { headers: async () => ({}), refused: () => false };
}

/** A given Keystone token, for an API whose URL is known; it can't be renewed. */
export function apiToken(token: string): IronicAuth {
  return { headers: async () => ({ "x-auth-token": token }), refused: () => false };
}

/** `auth_strategy = http_basic`. */
export function httpBasic(username: string, password: string): IronicAuth {
  const authorization = basicAuth(username, password);
  return { headers: async () => ({ authorization }), refused: () => false };
}
