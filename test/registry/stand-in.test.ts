import { request } from "undici";
import { type AuthMode, faults, InProcessRegistry } from "../../src/testing/registry";
import { type ContractRegistry, type Mode, READER, REFRESH_TOKEN, registryContract, WITHHELD } from "./contract";

const AUTH: Readonly<Record<Mode, AuthMode>> = {
  open: { mode: "none" },
  htpasswd: { mode: "basic", ...READER },
  token: { mode: "bearer", ...READER, refreshToken: REFRESH_TOKEN, withheld: [WITHHELD] },
};

async function start(mode: Mode): Promise<ContractRegistry> {
  const registry = await InProcessRegistry.start({ auth: AUTH[mode] });
  const basic = `Basic ${Buffer.from(`${READER.username}:${READER.password}`).toString("base64")}`;
  return {
    host: registry.host,
    scheme: "http:",
    connection: { plainHttp: [registry.host] },
    send: request,
    pusher(repository) {
      if (mode === "open") return undefined;
      return mode === "htpasswd" ? basic : `Bearer ${registry.gate.mint([`repository:${repository}:pull,push`])}`;
    },
    spoilNextToken() {
      registry.intercept = faults.on(/token/, faults.first(1, faults.replaceBody(`{"token":"worthless"}`)));
    },
    stop: () => registry.stop(),
  };
}

describe.each(["open", "htpasswd", "token"] as const)("the in-process registry: %s", (mode) => {
  registryContract(mode, () => start(mode));
});
