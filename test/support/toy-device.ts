// A resource of a service that answers in its own notation: addresses in lower case with colons, "" and {} where nothing is set.
// Without semantic equality, Terraform would refuse what it returns.
import {
  block,
  computed,
  isUnknown,
  nested,
  optional,
  optionalComputed,
  type PlannedState,
  pluginFor,
  required,
  type State,
  schema,
  t,
} from "../../src/tfplugin";

/** The part of the toy service that devices use. */
export interface DeviceService {
  readonly things: { readonly [id: string]: unknown };
  put(id: string, name: string, secret: string | null): void;
  remove(id: string): void;
}

/** An address in the service's notation. */
export const canonical = (address: string) => address.toLowerCase().replaceAll("-", ":");
const sameAddress = (one: string, other: string) => canonical(one) === canonical(other);
const isBlank = (text: string) => text === "";
type Labels = { readonly [key: string]: string };
const withoutNulls = (labels: Labels) =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== null));
const sameLabels = (one: Labels, other: Labels) =>
  JSON.stringify(Object.entries(withoutNulls(one)).sort()) ===
  JSON.stringify(Object.entries(withoutNulls(other)).sort());

const address = { equivalent: sameAddress };

export const deviceSchema = schema({
  attributes: {
    id: computed(t.string, { nonNull: true }),
    address: required(t.string, { ...address, requiresReplace: true }),
    fallback: optional(t.string, address),
    kind: optional(t.string, { default: "generic", equivalent: (a, b) => a.toLowerCase() === b.toLowerCase() }),
    remark: optional(t.string, { meansUnset: isBlank }),
    labels: optional(t.map(t.string), {
      nullElements: true,
      equivalent: sameLabels,
      meansUnset: (labels) => Object.keys(withoutNulls(labels)).length === 0,
    }),
    site: optionalComputed(t.string, { meansUnset: isBlank }),
    error: computed(t.string, { meansUnset: isBlank }),
    updates: computed(t.integer, { unknownOnUpdate: true }),
    ports: optional(nested.list({ address: required(t.string, address), driver: computed(t.string) })),
    peers: optional(
      nested.set({
        address: required(t.string, address),
        note: optional(t.string, { meansUnset: isBlank }),
        uid: computed(t.integer),
      }),
    ),
  },
  blocks: {
    route: block.list({
      attributes: { gateway: required(t.string, address), metric: optional(t.integer, { default: 1 }) },
    }),
  },
});

type DevicePlanned = PlannedState<typeof deviceSchema>;
type DeviceState = State<typeof deviceSchema>;

let counter = 0;

export const device = pluginFor<DeviceService>().resource(deviceSchema, {
  create({ planned, client, save }) {
    const id = `device-${process.pid}-${++counter}`;
    client.put(id, planned.address, null);
    const state = answered({ ...filled(planned, 0), id });
    save(state);
    return state;
  },
  read: ({ state, client }) => (client.things[state.id] === undefined ? null : answered(state as DeviceState)),
  update: ({ planned, state }) => answered({ ...filled(planned, (state.updates ?? 0) + 1), id: state.id }),
  delete: ({ state, client }) => client.remove(state.id),
});

/** The planned state with every value that the service decides. */
function filled(planned: DevicePlanned, updates: number): Omit<DeviceState, "id"> {
  return {
    ...planned,
    updates,
    site: isUnknown(planned.site) ? "main" : planned.site,
    error: "",
    ports:
      planned.ports?.map((port, i) => ({ ...port, driver: isUnknown(port.driver) ? `driver-${i}` : port.driver })) ??
      null,
    peers: planned.peers?.map((peer) => ({ ...peer, uid: canonical(peer.address).length })) ?? null,
  };
}

/** A state in the service's own notation. */
function answered(state: DeviceState): DeviceState {
  return {
    ...state,
    address: canonical(state.address),
    fallback: state.fallback && canonical(state.fallback),
    kind: state.kind.toUpperCase(),
    remark: state.remark ?? "",
    labels: withoutNulls(state.labels ?? {}),
    error: state.error ?? "",
    ports: state.ports?.map((port) => ({ ...port, address: canonical(port.address) })) ?? null,
    peers: state.peers?.map((peer) => ({ ...peer, address: canonical(peer.address), note: peer.note ?? "" })) ?? null,
    route: state.route.map((route) => ({ ...route, gateway: canonical(route.gateway) })),
  };
}
