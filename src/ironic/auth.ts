import { basicAuth } from "../net";

/** How requests are authorized. One small interface, so that a way is one small file. */
export interface IronicAuth {
  /** Headers for the next request; may fetch a token first. */
  headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * Called after a 401, with the headers that were refused: forgets what is in them, and nothing newer. True when trying
   * again makes sense.
   */
  refused(headers: Readonly<Record<string, string>>): boolean;
  /** The API's URL, where the way of authorization knows it (a service catalog). */
  endpoint?(signal?: AbortSignal): Promise<string>;
}

/** `auth_strategy = noauth`. */
export function noAuth(): IronicAuth {
  return { headers: async () => ({}), refused: () => false };
}

/** A Keystone token that somebody else got, for an API whose URL is known; it can't be renewed. */
export function apiToken(token: string): IronicAuth {
  return { headers: async () => ({ "x-auth-token": token }), refused: () => false };
}

/** `auth_strategy = http_basic`. */
export function httpBasic(username: string, password: string): IronicAuth {
  const authorization = basicAuth(username, password);
  return { headers: async () => ({ authorization }), refused: () => false };
}
