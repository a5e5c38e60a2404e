/**
 * The Terraform provider `ironic`, compatible with `openshift-metal3/ironic` 0.3.
 *
 * provider.ts has the `provider` block, which becomes a `Session` (session.ts): one Ironic client and one resolver per run. Resources are
 * port.ts, allocation.ts, node/ and deployment/; data sources are in data/, functions in functions/. A resource of several files has
 * schema.ts, plan.ts (the `plan` hook), fields.ts (the fields to send), lifecycle.ts (provision states), private-state.ts and resource.ts
 * (the hooks); shared/ has code of several resources. diagnostics.ts turns errors of the client and the resolver into diagnostics.
 */
export { ironicProvider } from "./provider";
