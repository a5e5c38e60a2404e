import type { Json, JsonObject } from "../../ironic";
import { isEmpty, type TextMap, withoutNulls } from "../shared/values";
import type { DeploymentPlanned } from "./schema";
import { fetchUserData } from "./user-data";

/** The input from which Ironic builds the config drive (API microversion 1.56); undefined without arguments for it. */
export async function configDrive(planned: DeploymentPlanned, signal: AbortSignal): Promise<JsonObject | undefined> {
  const { user_data_url: url, user_data_url_ca_cert: ca, user_data_url_headers: headers } = planned;
  const userData = url
    ? await fetchUserData(url, ca || undefined, withoutNulls(headers ?? {}), signal)
    : planned.user_data;
  const { network_data: network, metadata } = planned;
  const drive = {
    ...(userData && { user_data: userData }),
    ...(network !== null && !isEmpty(network) && { network_data: parsed(network) }),
    ...(metadata !== null && !isEmpty(metadata) && { meta_data: withoutNulls(metadata) }),
  };
  return isEmpty(drive) ? undefined : drive;
}

/** Network data with lists and objects, which the map of strings has as JSON. */
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
