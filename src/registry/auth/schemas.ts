import * as z from "zod";

// What credentials come in from outside. A module of its own, which is loaded with the first of them: zod costs 8 ms, and anonymous
// pulls need none of it.

const text = z.string().nullish();

/** An entry of Docker's `auths`. */
const Entry = z
  .object({ auth: text, username: text, password: text, identitytoken: text, registrytoken: text })
  .nullish();
export type Entry = z.infer<typeof Entry>;

/** Docker's `config.json`, or podman's `auth.json`. */
export const Content = z.object({
  auths: z.record(z.string(), Entry).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: text,
});
export type Content = z.infer<typeof Content>;

/** A credential helper's output (docker-credential-helpers). */
export const HelperOutput = z.object({ Username: z.string(), Secret: z.string() });

/** A token endpoint's response (distribution: "Token Authentication Specification"). */
export const TokenResponse = z.object({
  token: text,
  access_token: text,
  expires_in: z.number().nullish(),
  refresh_token: text,
});
