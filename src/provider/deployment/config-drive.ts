import type { Json, JsonObject } from "../../ironic";
import { typedEntries } from "../shared/typed";
import { isEmpty, parsedJson, type TextMap, withoutNulls } from "../shared/values";
import type { DeploymentPlanned } from "./schema";
import { fetchUserData } from "./user-data";

/** The input from which Ironic builds the config drive (API microversion 1.56); undefined without arguments for it. */
export async function configDrive(planned: DeploymentPlanned, signal: AbortSignal): Promise<JsonObject | undefined> {
  const { user_data_url: url, user_data_url_ca_cert: ca, user_data_url_headers: headers } = planned;
  const userData = url
    ? await fetchUserData(url, ca || undefined, withoutNulls(headers ?? {}), signal)
    : planned.user_data;
  const { network_data: network } = planned;
  const metadata = { ...withoutNulls(planned.metadata ?? {}), ...typedEntries(planned.metadata_typed) };
  const drive = {
    ...(userData && { user_data: userData }),
    ...(network !== null && !isEmpty(network) && { network_data: parsed(network) }),
    ...(!isEmpty(metadata) && { meta_data: metadata }),
  };
  return isEmpty(drive) ? undefined : drive;
}

/** Network data with lists and objects, which the map of strings has as JSON. */
function parsed(map: TextMap): JsonObject {
  return Object.fromEntries(
    Object.entries(withoutNulls(map)).map(([key, value]): [string, Json] => [key, parsedJson(value) ?? value]),
  );
}
