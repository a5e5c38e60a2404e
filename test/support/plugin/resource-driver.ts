import type { Path, Schema } from "../../../src/tfplugin";
import { equalValues, type TfObject } from "../../../src/tfplugin/cty";
import type { PluginCaller } from "./client";
import { applyProblems, planProblems, proposedState } from "./terraform-rules";
import { configOf, decode, diagnosticsOf, encode, pathOf, type ShownDiagnostic } from "./values";

/** A plan, as Terraform sees it. */
export interface DrivenPlan {
  readonly config: TfObject | null;
  readonly planned: TfObject | null;
  readonly replaced: readonly Path[];
  readonly diagnostics: ShownDiagnostic[];
  readonly plannedPrivate: Uint8Array;
}

/**
 * Drives one resource as Terraform does, and keeps its state. Where the provider reports no error, its responses are checked by
 * Terraform's rules, and a violation is thrown.
 */
export class ResourceDriver {
  state: TfObject | null = null;
  private: Uint8Array = Buffer.alloc(0);

  constructor(
    readonly client: PluginCaller,
    readonly typeName: string,
    readonly schema: Schema,
  ) {}

  async validate(args: TfObject, writeOnlyAttributesAllowed = true): Promise<ShownDiagnostic[]> {
    const { diagnostics } = await this.client.call("ValidateResourceConfig", {
      typeName: this.typeName,
      config: encode(this.schema, configOf(this.schema, args)),
      clientCapabilities: { writeOnlyAttributesAllowed },
    });
    return diagnosticsOf(diagnostics);
  }

  /** @param args the configuration; null plans a destruction */
  async plan(args: TfObject | null): Promise<DrivenPlan> {
    const config = args === null ? null : configOf(this.schema, args);
    const response = await this.client.call("PlanResourceChange", {
      typeName: this.typeName,
      priorState: encode(this.schema, this.state),
      proposedNewState: encode(this.schema, config && proposedState(this.schema, this.state, config)),
      config: encode(this.schema, config),
      priorPrivate: this.private,
    });
    const diagnostics = diagnosticsOf(response.diagnostics);
    const planned = response.plannedState === undefined ? null : decode(this.schema, response.plannedState);
    if (!hasErrors(diagnostics) && config !== null && planned !== null) {
      refuse("plan", planProblems(this.schema, this.state, config, planned));
    }
    const replaced = response.requiresReplace.map(({ steps }) => pathOf(steps));
    return { config, planned, replaced, diagnostics, plannedPrivate: response.plannedPrivate };
  }

  /** Plans and applies in place; state is then the one of the response. A plan without a change is not applied. */
  async apply(args: TfObject | null): Promise<ShownDiagnostic[]> {
    const { config, planned, diagnostics, plannedPrivate } = await this.plan(args);
    if (hasErrors(diagnostics) || equalValues(this.schema.type, this.state, planned)) return diagnostics;
    const response = await this.client.call("ApplyResourceChange", {
      typeName: this.typeName,
      priorState: encode(this.schema, this.state),
      plannedState: encode(this.schema, planned),
      config: encode(this.schema, config),
      plannedPrivate,
    });
    this.state = decode(this.schema, response.newState);
    this.private = response.private;
    const reported = diagnosticsOf(response.diagnostics);
    if (!hasErrors(reported)) refuse("result", applyProblems(this.schema.type, planned, this.state));
    return reported;
  }

  async refresh(): Promise<ShownDiagnostic[]> {
    const response = await this.client.call("ReadResource", {
      typeName: this.typeName,
      currentState: encode(this.schema, this.state),
      private: this.private,
    });
    this.state = decode(this.schema, response.newState);
    this.private = response.private;
    return diagnosticsOf(response.diagnostics);
  }

  /** `terraform import`: the state that the provider gives for the ID, completed by a refresh. */
  async import(id: string): Promise<ShownDiagnostic[]> {
    const response = await this.client.call("ImportResourceState", { typeName: this.typeName, id });
    const [imported] = response.importedResources;
    if (imported === undefined) return diagnosticsOf(response.diagnostics);
    this.state = decode(this.schema, imported.state);
    this.private = imported.private;
    return [...diagnosticsOf(response.diagnostics), ...(await this.refresh())];
  }

  /** Takes over state as a state file holds it. */
  async upgrade(version: number, attributes: object): Promise<ShownDiagnostic[]> {
    const response = await this.client.call("UpgradeResourceState", {
      typeName: this.typeName,
      version,
      rawState: { json: Buffer.from(JSON.stringify(attributes)) },
    });
    const { upgradedState } = response;
    if (upgradedState !== undefined) this.state = decode(this.schema, upgradedState);
    return diagnosticsOf(response.diagnostics);
  }
}

function hasErrors(diagnostics: readonly ShownDiagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`Terraform would refuse the ${what}:\n${problems.join("\n")}`);
}
