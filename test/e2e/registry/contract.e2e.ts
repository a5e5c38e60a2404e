import { Agent, request } from "undici";
import {
  type ContractRegistry,
  type Mode,
  READER,
  REFRESH_TOKEN,
  registryContract,
  WITHHELD,
} from "../../registry/contract";
import { readPem } from "../support/ca";
import { startRegistry } from "../support/registry";

async function start(mode: Mode): Promise<ContractRegistry> {
  const account = `${READER.username}:${READER.password}`;
  const registry = await startRegistry(mode, {
    account,
    tokens: { accounts: [account], refreshToken: REFRESH_TOKEN, withheld: [WITHHELD] },
  });
  const dispatcher = new Agent({ connect: { ca: readPem(registry.tls.ca) } });
  return {
    host: registry.host,
    scheme: "https:",
    connection: { environment: { SSL_CERT_FILE: registry.tls.ca }, certificateFolders: [] },
    send: (url, options) => request(url, { ...options, dispatcher }),
    pusher(repository) {
      if (mode === "htpasswd") return `Basic ${Buffer.from(account).toString("base64")}`;
      const token = registry.tokens?.mint([`repository:${repository}:pull,push`]);
      return token === undefined ? undefined : `Bearer ${token}`;
    },
    spoilNextToken: () => registry.tokens?.spoilNext(),
    async stop() {
      await dispatcher.destroy();
      await registry.stop();
    },
  };
}

describe.each(["open", "htpasswd", "token"] as const)("Debian's docker-registry: %s", (mode) => {
  registryContract(mode, () => start(mode));
});
