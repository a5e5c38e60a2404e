/** The name, in errors, of a text that must not be quoted. */
export const CONTENT_FOR_PATH = "the text in place of a path";

/**
 * Whether what should be the path of a file is the content of one: PEM, JSON, several lines, or base64. It may be a secret, such as a
 * private key, so that errors must not quote it.
 */
export function isFileContent(path: string): boolean {
  return /-----BEGIN |^\s*\{\s*"|[\r\n]/.test(path) || /^[\w+/=-]{160,}$/.test(path);
}
