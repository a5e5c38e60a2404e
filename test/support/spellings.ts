export const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The spellings in which a message may quote a secret. */
export const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  "user:secret": (secret) => `admin:${secret}`,
  percent: (secret) => encodeURIComponent(secret),
  "percent, each byte that is no letter": (secret) =>
    [...Buffer.from(secret)]
      .map((byte) => (/\w/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16)}`))
      .join(""),
  "percent twice": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  form: (secret) => new URLSearchParams({ password: secret }).toString(),
  url: (secret) => `https://admin:${encodeURIComponent(secret)}@bmc.example/`,
  json: (secret) => JSON.stringify({ password: secret }),
  "json in json": (secret) => JSON.stringify(JSON.stringify({ password: secret })),
  "json in ASCII": (secret) =>
    JSON.stringify(secret).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  python: (secret) => `{'password': '${secret.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'}`,
  html: (secret) =>
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  base64: (secret) => base64(secret),
  base64url: (secret) => Buffer.from(secret).toString("base64url"),
  ...Object.fromEntries(
    ["u:", "me:", "you:"].flatMap((before) => [
      [`base64 of ${before}secret`, (secret: string) => `Basic ${base64(before + secret)}`],
      [
        `base64url of ${before}secret and more`,
        (secret: string) => Buffer.from(`${before}${secret}\n…`).toString("base64url"),
      ],
    ]),
  ),
  "base64 in a URL": (secret) => encodeURIComponent(base64(`u:${secret}`)),
};
