/** Refuses, before any request, what no request can name: a URL takes it for another path. Ironic itself lets nodes be named so. */
export function isIdentifier(text: string): string | undefined {
  return text === "." || text === ".." ? "can't be `.` or `..`: no request could name it; give the UUID" : undefined;
}
