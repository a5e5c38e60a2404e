import { createServer, type IncomingMessage, type Server, request as send } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** The network between Terraform and an Ironic, which fails at a request of the test's choice. */
export class ApiProxy {
  /** Called for each request, with whether Ironic has carried it out. A result of false ends the connection. */
  passes: (request: IncomingMessage, done: boolean) => boolean = () => true;
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((request, response) => {
      if (!this.passes(request, false)) return (request.socket as Socket).resetAndDestroy();
      const { method, headers } = request;
      const forwarded = send(new URL(request.url ?? "/", target), { method, headers }, (received) => {
        if (!this.passes(request, true)) return (request.socket as Socket).resetAndDestroy();
        response.writeHead(received.statusCode ?? 502, received.headers);
        received.pipe(response);
      });
      forwarded.on("error", () => request.socket.destroy());
      request.pipe(forwarded);
    });
  }

  static async start(target: string): Promise<ApiProxy> {
    const proxy = new ApiProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
