import { pluginFor, type Resource, type ResourceHooks, type Schema } from "../tfplugin";
import type { Session } from "./session";

const plugin = pluginFor<Session>();

/** What this provider and its data sources are written with. */
export const { provider, dataSource } = plugin;

/** A resource in an Ironic: without one its plan fails, before anything else is created. */
export function resource<S extends Schema>(schema: S, hooks: ResourceHooks<S, Session>): Resource<Session> {
  return plugin.resource(schema, {
    ...hooks,
    plan(call) {
      call.client.requireIronic();
      return hooks.plan?.(call);
    },
  });
}
