import dns from "node:dns";
import type { LookupFunction, Socket } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { buildConnector, Dispatcher, Pool } from "undici";
import { type AddressScope, addressScope, mayLeadTo, scopeOfAddress } from "./address-scope";
import type { TlsSettings } from "./certificates";
import type { Environment } from "./environment";
import { proxyAuthorization, proxyFor } from "./proxy";

/** undici's dispatcher for one origin: pooled connections, directly or through a proxy. */
export interface OriginDispatcher {
  readonly dispatcher: Dispatcher;
  /** `host:port` of the proxy, if any. */
  readonly proxy: string | undefined;
  /** The scope of the connection's remote address; through a proxy, of the host in the URL. */
  peerScope(): AddressScope;
}

export interface DispatchersOptions {
  /** The source of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
  readonly environment: Environment;
  /** Sockets per origin; undefined: no bound. */
  readonly connections: number | undefined;
  /** Milliseconds for connecting, TLS included. */
  readonly connectTimeout: number;
  /**
   * TLS settings for the host of a URL, or for a proxy.
   * @param host as in a URL, without the protocol's default port
   * @returns undefined for Node's defaults
   */
  tls(host: string, role: "server" | "proxy"): Promise<TlsSettings | undefined>;
}

/** The host is, or resolves to, an address that the request must not reach. Nothing was sent. */
export class AddressRefused extends Error {
  constructor(
    readonly host: string,
    readonly scope: AddressScope,
  ) {
    super(`${host} is a ${scope} address`);
  }
}

const KEEP_ALIVE = 10_000;

let loaded: typeof import("undici") | undefined;

/** Loaded with the first request, so that programs without requests start faster. */
export function undici(): typeof import("undici") {
  loaded ??= require("undici") as typeof import("undici");
  return loaded;
}

/** One dispatcher for each origin. Origins without a proxy and TLS settings share one. */
export class Dispatchers {
  readonly #options: DispatchersOptions;
  #plain: Dispatcher | undefined;
  readonly #special: Dispatcher[] = [];
  readonly #dispatchers = new Map<string, Promise<OriginDispatcher>>();
  readonly #connecting = new Set<Socket>();
  readonly #contexts = new Map<string, SecureContext>();
  /** By origin. */
  readonly #scopes = new Map<string, AddressScope>();

  constructor(options: DispatchersOptions) {
    this.#options = options;
  }

  /**
   * @param leadFrom the scope of the host that named this URL: the URL's host has to be remote or in the same scope
   *   ({@link mayLeadTo}). Checked on the address of the connection, in separate connections; a proxy chooses addresses itself
   * @throws {AddressRefused} where the URL's host is written as a refused address; a name that resolves to one fails the request
   * @throws {CertificateFileError | ProxyConfigurationError}
   */
  to(url: URL, leadFrom?: AddressScope): Promise<OriginDispatcher> {
    const key = `${url.origin} ${leadFrom ?? ""}`;
    let found = this.#dispatchers.get(key);
    if (!found) {
      found = this.#find(url, leadFrom);
      this.#dispatchers.set(key, found);
    }
    return found;
  }

  async close(): Promise<void> {
    const all = this.#plain ? [this.#plain, ...this.#special] : this.#special;
    const closed = Promise.all(all.map((dispatcher) => dispatcher.destroy()));
    // undici does not close sockets that are connecting, and the process would wait for them until their timeout.
    for (const socket of this.#connecting) socket.destroy(new Error("closed while connecting"));
    await closed;
  }

  async #find(url: URL, leadFrom: AddressScope | undefined): Promise<OriginDispatcher> {
    const written = addressScope(url.hostname);
    if (leadFrom !== undefined && !mayLeadTo(written, leadFrom)) throw new AddressRefused(url.hostname, written);
    const proxy = proxyFor(url, this.#options.environment);
    const settings = url.protocol === "https:" ? await this.#options.tls(url.host, "server") : undefined;
    const peerScope = () => (proxy ? written : (this.#scopes.get(url.origin) ?? written));
    if (!proxy && !settings && leadFrom === undefined) {
      this.#plain ??= new (undici().Agent)({ ...this.#pool(), connect: this.#connector() });
      return { dispatcher: this.#plain, proxy: undefined, peerScope };
    }
    const dispatcher = proxy
      ? await this.#throughProxy(url, proxy, settings)
      : new (undici().Agent)({ ...this.#pool(), connect: this.#connector(settings, leadFrom) });
    this.#special.push(dispatcher);
    return { dispatcher, proxy: proxy?.host, peerScope };
  }

  async #throughProxy(url: URL, proxy: URL, settings: TlsSettings | undefined): Promise<Dispatcher> {
    const { ProxyAgent, Pool } = undici();
    const token = proxyAuthorization(proxy);
    const { connectTimeout: timeout } = this.#options;
    const proxySettings = proxy.protocol === "https:" ? await this.#options.tls(proxy.host, "proxy") : undefined;
    return new ProxyAgent({
      ...this.#pool(),
      uri: proxy.origin,
      ...(token !== undefined && { token }),
      // Plain HTTP is forwarded by the proxy, not tunnelled: few proxies permit a tunnel to port 80.
      proxyTunnel: url.protocol === "https:",
      factory: (origin, options: Pool.Options) => new Pool(origin, failingOnce(options)),
      requestTls: { timeout, ...this.#tlsOptions(settings) },
      proxyTls: { timeout, ...this.#tlsOptions(proxySettings) },
    });
  }

  #pool() {
    return { connections: this.#options.connections ?? null, pipelining: 1, keepAliveTimeout: KEEP_ALIVE };
  }

  /** undici's connector, which also keeps late TLS errors and records the address scope of the connection. */
  #connector(settings?: TlsSettings, leadFrom?: AddressScope): buildConnector.connector {
    const connect = undici().buildConnector({
      timeout: this.#options.connectTimeout,
      ...this.#tlsOptions(settings),
      ...(leadFrom !== undefined && { lookup: lookupFor(leadFrom) }),
    }) as (...parameters: Parameters<buildConnector.connector>) => Socket;
    return (options, callback) => {
      const connecting = connect(options, (...outcome) => {
        this.#connecting.delete(connecting);
        const [, socket] = outcome;
        if (socket) {
          keepTlsErrors(socket);
          this.#recordScope(`${options.protocol}//${options.host}`, socket.remoteAddress);
        }
        callback(...outcome);
      });
      this.#connecting.add(connecting);
    };
  }

  /** A host that was remote once counts as remote: it must not gain a local scope by resolving to a local address later. */
  #recordScope(origin: string, address: string | undefined): void {
    const scope = address === undefined ? "remote" : scopeOfAddress(address);
    if (this.#scopes.get(origin) !== "remote") this.#scopes.set(origin, scope);
  }

  #tlsOptions(settings: TlsSettings | undefined) {
    if (!settings) return {};
    return {
      secureContext: this.#context(settings),
      ...(settings.insecure && { rejectUnauthorized: false }),
      ...(settings.minVersion && { minVersion: settings.minVersion }),
    };
  }

  /**
   * Created once for the hosts that share settings, not for each connection: parsing the authorities takes tens of milliseconds.
   */
  #context({ ca, cert, key, minVersion }: TlsSettings): SecureContext {
    const id = JSON.stringify([ca, cert, minVersion]);
    let context = this.#contexts.get(id);
    if (!context) {
      context = createSecureContext({
        ...(ca && { ca: [...ca] }),
        ...(cert && { cert: [...cert] }),
        ...(key && { key: [...key] }),
        ...(minVersion && { minVersion }),
      });
      this.#contexts.set(id, context);
    }
    return context;
  }
}

/** A DNS lookup without the addresses that a host of this scope must not refer to. */
function lookupFor(leadFrom: AddressScope): LookupFunction {
  return (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const fit = addresses.filter(({ address }) => mayLeadTo(scopeOfAddress(address), leadFrom));
      const [first] = fit;
      if (!first) return callback(new AddressRefused(hostname, scopeOfAddress(addresses[0]?.address ?? "")), []);
      if (options.all) callback(null, fit);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * In TLS 1.3 a server refuses a client certificate after the handshake, and undici would only report a closed connection.
 */
function keepTlsErrors<S extends Socket>(socket: S): S {
  return socket.prependOnceListener("error", (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith("ERR_SSL")) socket.destroy();
  });
}

/**
 * Options for connections whose failure ends the request. undici takes a tunnel that the proxy closes for an idle connection that
 * was lost: it would open the next one immediately, thousands per second, until the deadline.
 */
function failingOnce(options: Pool.Options): Pool.Options {
  const { connect } = options;
  if (typeof connect !== "function") return options;
  return {
    ...options,
    connect: (target, callback) =>
      connect(target, (...[error, socket]) => {
        if (error === null) return callback(null, keepTlsErrors(socket));
        const lost = (error as NodeJS.ErrnoException).code === "UND_ERR_SOCKET";
        callback(lost ? Object.assign(new Error("no tunnel", { cause: error }), { code: "ECONNRESET" }) : error, null);
      }),
  };
}
