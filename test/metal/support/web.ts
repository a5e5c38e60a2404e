import { createReadStream, lstatSync, mkdirSync, readlinkSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join, normalize, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { EVERYWHERE, SERVICES } from "./network";
import type { Root } from "./root";

const PORT = 8080;

/** The web server for the files that Ironic offers to machines and agents: `[deploy]http_root` at `[deploy]http_url`. */
export class WebServer {
  readonly url = `http://${SERVICES}:${PORT}`;
  /** Inside the root. */
  readonly folder = "/srv/http";
  readonly #server: Server;

  private constructor(root: Root) {
    const folder = join(root.srv, "http");
    mkdirSync(folder, { recursive: true });
    this.#server = createServer((request, response) => {
      const asked = join(folder, normalize(decodeURIComponent(new URL(request.url ?? "/", this.url).pathname)));
      const path = followLink(root, asked);
      const found = statSync(path, { throwIfNoEntry: false });
      if (!found?.isFile()) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        "content-length": found.size,
        "content-type": "application/octet-stream",
        "last-modified": found.mtime.toUTCString(),
      });
      if (request.method === "HEAD") response.end();
      else pipeline(createReadStream(path), response).catch(() => response.destroy());
    });
  }

  static async start(root: Root): Promise<WebServer> {
    const server = new WebServer(root);
    await new Promise<void>((resolve, reject) => {
      server.#server.on("error", reject).listen(PORT, EVERYWHERE, resolve);
    });
    return server;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Ironic offers its cached images by links, whose targets are paths inside the root. */
function followLink(root: Root, path: string): string {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  return isLink ? join(root.srv, relative("/srv", readlinkSync(path))) : path;
}
