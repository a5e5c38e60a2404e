import { SettingsError } from "./errors";

/**
 * An API's root URL from a setting, without a slash at its end.
 * @throws {SettingsError} when it is not an HTTP URL, or has credentials in it: URLs are printed
 */
export function apiRoot(url: string, setting: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new SettingsError(`${setting} is not an http:// or https:// URL`, {
      hint: "give it in full, such as http://ironic.example:6385",
    });
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new SettingsError(`${setting} has a user name or password in it`, {
      hint: "take them out of the URL, and give them by settings of their own",
    });
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}
