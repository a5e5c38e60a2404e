// The former names of test/support/plugin/, for tests that are being written while they change.
import { type DrivenPlan, ResourceDriver } from "./plugin/resource-driver";
import type { ShownDiagnostic } from "./plugin/values";

export { type Plugin, PluginClient, startPlugin } from "./plugin/client";
export { configOf, decode, diagnosticsOf, encode, type ShownDiagnostic as Told } from "./plugin/values";

class FormerDriver extends ResourceDriver {
  override async plan(...args: Parameters<ResourceDriver["plan"]>) {
    const plan = await super.plan(...args);
    return { ...plan, told: plan.diagnostics };
  }
}

export interface Life extends Omit<ResourceDriver, "plan" | "validate" | "import" | "upgrade"> {
  plan(...args: Parameters<ResourceDriver["plan"]>): Promise<DrivenPlan & { readonly told: ShownDiagnostic[] }>;
}
export const Life: new (...args: ConstructorParameters<typeof ResourceDriver>) => Life = FormerDriver;
