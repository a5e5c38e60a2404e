import { pluginFor } from "../tfplugin";
import type { Session } from "./session";

/** What this provider's resources and data sources are written with. */
export const { provider, resource, dataSource } = pluginFor<Session>();
