import type { Json, JsonObject } from "../../ironic";
import { isEmpty, type TextMap, withoutNulls } from "../shared/values";
import type { DeploymentPlanned } from "./schema";
import { fetchUserData } from "./user-data";

/** What Ironic builds the config drive from (API microversion 1.56); undefined when nothing was said. */
export async function configDrive(planned: DeploymentPlanned, signal: AbortSignal): Promise<JsonObject | undefined> {
  const { user_data_url: url, user_data_url_ca_cert: ca, user_data_url_headers: headers } = planned;
  const userData = isEmpty(url)
    ? (planned.user_data as string | null)
    : await fetchUserData(
        url as string,
        isEmpty(ca) ? undefined : (ca as string),
        withoutNulls((headers as TextMap | null) ?? {}),
        signal,
      );
  const [network, metadata] = [planned.network_data as TextMap | null, planned.metadata as TextMap | null];
  const drive = {
    ...(isEmpty(userData) ? {} : { user_data: userData as string }),
    ...(isEmpty(network) ? {} : { network_data: parsed(network as TextMap) }),
    ...(isEmpty(metadata) ? {} : { meta_data: withoutNulls(metadata as TextMap) }),
  };
  return isEmpty(drive) ? undefined : drive;
}

/** Terraform's map has only strings, network data has lists: they come as JSON. */
function parsed(map: TextMap): JsonObject {
  return Object.fromEntries(
    Object.entries(withoutNulls(map)).map(([key, value]): [string, Json] => {
      if (!/^\s*[[{]/.test(value)) return [key, value];
      try {
        return [key, JSON.parse(value) as Json];
      } catch {
        return [key, value];
      }
    }),
  );
}
