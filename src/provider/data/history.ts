import { between, computed, nested, oneOf, optional, required, schema, t, type Validator } from "../../tfplugin";
import { dataSource } from "../plugin";
import { nodeUuid } from "../shared/node-reference";
import { isIdentifier } from "../shared/validators";

const DEFAULT_LIMIT = 100;
/** Ironic's `[api]max_limit`, by default; it keeps 300 events of a node, by default. */
const MAX_LIMIT = 1000;

const historySchema = schema({
  description:
    "Events in the history of a node, such as the reasons of failures (microversion 1.78: Ironic 18.2 and later). It changes with each failure: what depends on it changes, too.",
  attributes: {
    node: required(t.string, { description: "UUID or name of the node.", validate: isIdentifier }),
    severity: optional(t.string, {
      description: "Severity of the events: `ERROR` or `INFO`. Default: both.",
      validate: oneOf("ERROR", "INFO"),
    }),
    limit: optional(t.integer, {
      description: `Number of events at most, the newest ones: 1 to ${MAX_LIMIT}. Default: ${DEFAULT_LIMIT}.`,
      validate: between(1, MAX_LIMIT) as Validator<number>,
    }),
    id: computed(t.string, { description: "UUID of the node." }),
    events: computed(
      nested.list({
        uuid: computed(t.string, { description: "UUID of the event." }),
        created_at: computed(t.string, { description: "Time, such as `2026-01-31T12:00:00+00:00`." }),
        severity: computed(t.string, { description: "`ERROR` or `INFO`." }),
        event_type: computed(t.string, {
          description: "Activity, such as `provisioning`, `monitoring` or `cleaning`.",
        }),
        event: computed(t.string, { description: "Text of the event." }),
        conductor: computed(t.string, { description: "Host name of the conductor that has recorded it." }),
        user: computed(t.string, { description: "ID of the user whose request has caused it." }),
      }),
      { description: "Events, the newest first." },
    ),
  },
});

export const nodeHistory = dataSource(historySchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const uuid = await nodeUuid(client, config.node, signal);
    const { severity, limit } = config;
    const wanted = limit ?? DEFAULT_LIMIT;
    // Ironic does not filter them.
    const history = await client.getHistory(uuid, { limit: severity === null ? wanted : MAX_LIMIT, signal });
    const events = history.filter((event) => severity === null || event.severity === severity).slice(0, wanted);
    return {
      node: config.node,
      severity,
      limit,
      id: uuid,
      events: events.map(({ created_at, event, ...facts }) => ({
        uuid: facts.uuid ?? null,
        created_at,
        severity: facts.severity,
        event_type: facts.event_type ?? null,
        event,
        conductor: facts.conductor ?? null,
        user: facts.user ?? null,
      })),
    };
  },
});
