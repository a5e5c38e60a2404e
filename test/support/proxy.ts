import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ProxyOptions {
  /** `user:password` that it wants. */
  readonly credentials?: string;
  /** What it answers to everything, in place of doing its job. */
  readonly refuse?: number;
}

/** A small proxy: tunnels (CONNECT) and plain requests, whatever the name, end at this port of this machine. */
export async function startProxy(port: number, { credentials, refuse }: ProxyOptions = {}) {
  const seen: { readonly line: string; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
  /** The status to refuse with, if it refuses. */
  const look = (message: IncomingMessage): number | undefined => {
    const shown = message.headers["proxy-authorization"];
    seen.push({ line: `${message.method} ${message.url}`, authorization: message.headers.authorization });
    return refuse ?? (shown === wanted ? undefined : 407);
  };
  const server = createServer((message, response) => {
    const status = look(message);
    if (status !== undefined) return void response.writeHead(status).end();
    const { pathname, search } = new URL(message.url ?? "");
    const onward = request({ port, path: pathname + search, method: message.method, headers: message.headers });
    onward.on("response", (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)));
    message.pipe(onward);
  });
  server.on("connect", (message, client) => {
    const status = look(message);
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const onward = connect(port, "127.0.0.1", () => client.write("HTTP/1.1 200 Go\r\n\r\n"));
    onward.pipe(client).on("error", () => onward.destroy());
    client.pipe(onward).on("error", () => client.destroy());
    client.on("close", () => onward.destroy());
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    lines: () => seen.map(({ line }) => line),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
