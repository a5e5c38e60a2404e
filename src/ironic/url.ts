import { SettingsError } from "./errors";

/**
 * An API's root URL from a setting, without a trailing slash.
 * @param setting its name, for the error
 * @throws {SettingsError} when it is not an HTTP URL, or contains credentials: URLs are printed
 */
export function apiRoot(url: string, setting: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new SettingsError(`${setting} is not an http:// or https:// URL`, {
      hint: "give it in full, such as http://ironic.example:6385",
    });
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new SettingsError(`${setting} contains a user name or password`, {
      hint: "remove them from the URL, and set the user name and password instead",
    });
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}
