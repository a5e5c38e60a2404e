import { defaultKeychain, RegistryClient } from "../registry";
import type { AccessOptions, RegistryOptions } from "./options";

/** A registry client with the options of the command line, for commands that resolve nothing. */
export function newClient(options: AccessOptions & Pick<RegistryOptions, "pinMirror">): RegistryClient {
  const { plainHttp, authFile, mirror, pinMirror, timeout } = options;
  return new RegistryClient({
    credentials: defaultKeychain({ authFile }),
    ...(plainHttp && { plainHttp }),
    mirrors: { ...pinMirror, ...mirror },
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
  });
}
