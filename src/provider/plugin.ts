import { checkIdentifier } from "../ironic";
import { type Identity, pluginFor, type Resource, type ResourceHooks, type Schema } from "../tfplugin";
import type { Session } from "./session";

const plugin = pluginFor<Session>();

/** The declarations of the provider and its data sources, for the client type `Session`. */
export const { provider, dataSource } = plugin;

/** The values of a call. */
interface Values {
  readonly client: Session;
  readonly config?: unknown;
  readonly state?: unknown;
  readonly planned?: unknown;
}

/**
 * A resource. Its plan fails if no Ironic is configured, before any other resource is created. The session knows the secrets of its
 * values before a request is sent.
 */
export function resource<S extends Schema>(schema: S, hooks: ResourceHooks<S, Session>): Resource<Session> {
  const learning =
    <Call extends Values, Result>(hook: (call: Call) => Result) =>
    (call: Call): Result => {
      for (const values of [call.config, call.state, call.planned]) call.client.learnSecrets(schema, values);
      return hook(call);
    };
  const { create, read, update, plan, import: imported } = hooks;
  const hooksThatLearn: ResourceHooks<S, Session> = {
    ...hooks,
    create: learning(create),
    read: learning(read),
    ...(update && { update: learning(update) }),
    delete: learning(hooks.delete),
    ...(imported && {
      import(call) {
        // Before the connection is opened.
        checkIdentifier(call.id);
        return imported(call);
      },
    }),
    plan: learning<Parameters<NonNullable<typeof plan>>[0], ReturnType<NonNullable<typeof plan>>>((call) => {
      call.client.requireIronic();
      return plan?.(call);
    }),
  };
  return plugin.resource<S>(schema, hooksThatLearn, { identity: IDENTITY });
}

/** Every object of Ironic has a UUID; a deployment has its node's. */
const IDENTITY: Identity = { name: "uuid", attribute: "id", description: "UUID of the object in Ironic." };
