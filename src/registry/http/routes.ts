import type { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";
import { type Environment, proxyAuthorization, proxyFor } from "./proxy";
import { type Trust, type TrustOptions, trustFor } from "./trust";

/** The way to one origin: the connections to use, and the proxy that they lead through, if one does. */
export interface Route {
  readonly dispatcher: Dispatcher;
  /** `host:port`. */
  readonly proxy: string | undefined;
}

export interface RoutesOptions extends TrustOptions {
  readonly environment: Environment;
  /** Sockets per origin. */
  readonly connections: number;
}

const KEEP_ALIVE = 10_000;

/** Finds out once for each origin how it is reached. What needs nothing special shares one pool of connections. */
export class Routes {
  readonly #options: RoutesOptions;
  readonly #plain: Agent;
  readonly #special: Dispatcher[] = [];
  readonly #routes = new Map<string, Promise<Route>>();

  constructor(options: RoutesOptions) {
    this.#options = options;
    this.#plain = new Agent({ ...this.#pool(), connect: connector() });
  }

  /** @throws {CertificateFileError | ProxyConfigurationError} */
  to(url: URL): Promise<Route> {
    let route = this.#routes.get(url.origin);
    if (!route) {
      route = this.#find(url);
      this.#routes.set(url.origin, route);
    }
    return route;
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain, ...this.#special].map((dispatcher) => dispatcher.destroy()));
  }

  async #find(url: URL): Promise<Route> {
    const proxy = proxyFor(url, this.#options.environment);
    const requestTls = url.protocol === "https:" ? await trustFor(url.host, this.#options) : undefined;
    if (!proxy && !requestTls) return { dispatcher: this.#plain, proxy: undefined };
    const token = proxy && proxyAuthorization(proxy);
    const dispatcher = proxy
      ? new ProxyAgent({
          ...this.#pool(),
          uri: proxy.origin,
          ...(token !== undefined && { token }),
          // What is not encrypted is handed to the proxy to fetch, as everybody does: few let a tunnel through to port 80.
          proxyTunnel: url.protocol === "https:",
          factory: (origin, options: Pool.Options) => new Pool(origin, failingOnce(options)),
          ...(requestTls && { requestTls }),
          ...(await this.#proxyTls(proxy)),
        })
      : new Agent({ ...this.#pool(), connect: connector(requestTls) });
    this.#special.push(dispatcher);
    return { dispatcher, proxy: proxy?.host };
  }

  /** A proxy that is spoken to over TLS is trusted like any other host, whatever TLS policy holds for registries. */
  async #proxyTls(proxy: URL) {
    const options = { ...this.#options, tls: undefined };
    const proxyTls = proxy.protocol === "https:" ? await trustFor(proxy.host, options) : undefined;
    return proxyTls && { proxyTls };
  }

  #pool() {
    return { connections: this.#options.connections, pipelining: 1, keepAliveTimeout: KEEP_ALIVE };
  }
}

/** Connects as undici does, and keeps what TLS says afterwards. */
function connector(tls?: Trust): buildConnector.connector {
  const connect = buildConnector({ ...tls });
  return (options, callback) =>
    connect(options, (...outcome) => {
      if (outcome[1]) keepingTlsErrors(outcome[1]);
      callback(...outcome);
    });
}

/**
 * In TLS 1.3 a registry refuses a client certificate once the connection stands, and undici would only tell that it was
 * closed.
 */
function keepingTlsErrors<S extends Socket>(socket: S): S {
  return socket.prependOnceListener("error", (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith("ERR_SSL")) socket.destroy();
  });
}

/**
 * Options for connections whose failure ends the request that wanted one. A proxy that hangs up on a tunnel is for undici a
 * connection that was lost while idle: it would open the next one at once, thousands a second, until the time is up.
 */
function failingOnce(options: Pool.Options): Pool.Options {
  const { connect } = options;
  if (typeof connect !== "function") return options;
  return {
    ...options,
    connect: (target, callback) =>
      connect(target, (...[error, socket]) => {
        if (error === null) return callback(null, keepingTlsErrors(socket));
        const lost = (error as NodeJS.ErrnoException).code === "UND_ERR_SOCKET";
        callback(lost ? Object.assign(new Error("no tunnel", { cause: error }), { code: "ECONNRESET" }) : error, null);
      }),
  };
}
