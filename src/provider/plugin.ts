import { pluginFor, type Resource, type ResourceHooks, type Schema } from "../tfplugin";
import type { Session } from "./session";

const plugin = pluginFor<Session>();

/** The declarations of the provider and its data sources, for the client type `Session`. */
export const { provider, dataSource } = plugin;

/** A resource. Its plan fails if no Ironic is configured, before any other resource is created. */
export function resource<S extends Schema>(schema: S, hooks: ResourceHooks<S, Session>): Resource<Session> {
  return plugin.resource(schema, {
    ...hooks,
    plan(call) {
      call.client.requireIronic();
      return hooks.plan?.(call);
    },
  });
}
