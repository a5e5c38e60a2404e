import { createReadStream, lstatSync, readlinkSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/**
 * Serves a folder's files over HTTP on the loopback: what `[deploy]http_url` is for a conductor.
 * @param root where the folder's links start from: a conductor links to its image cache
 */
export async function serveFiles(
  folder: string,
  root: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    let path = join(folder, normalize(new URL(request.url ?? "/", "http://localhost").pathname));
    try {
      if (lstatSync(path).isSymbolicLink()) path = join(root, readlinkSync(path));
      response.writeHead(200, { "content-length": statSync(path).size });
    } catch {
      response.writeHead(404).end();
      return;
    }
    if (request.method === "HEAD") response.end();
    else createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
