import { defaultKeychain, RegistryClient } from "../registry";
import type { AccessOptions } from "./options";

/** A registry client with the options of the command line, for commands that write. */
export function newClient({ plainHttp, authFile, mirror, timeout }: AccessOptions): RegistryClient {
  return new RegistryClient({
    credentials: defaultKeychain({ authFile }),
    ...(plainHttp && { plainHttp }),
    ...(mirror && { mirrors: mirror }),
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
  });
}
