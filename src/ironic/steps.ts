import { STEP_INTERFACES } from "../step-facts";
import { type Json, type JsonObject, MASK } from "./patch";

/** A step as `interface.step`, which is Ironic's own notation (`step_id` in ironic.conductor.steps). */
export function stepName({
  interface: owner,
  step,
}: {
  readonly interface?: unknown;
  readonly step?: unknown;
}): string {
  return `${String(owner)}.${String(step)}`;
}

const FLOW = new Set<unknown>(["power_on", "power_off", "reboot", "hold", "wait"]);

/**
 * Whether a step is one of the conductor's own, for the flow of others. Ironic 29 to 39 accept these in cleaning and servicing and leave
 * them out (`_validate_user_steps` in ironic.conductor.steps, which adds only the others to its result).
 */
export function isFlowStep({ step }: { readonly step?: unknown }): boolean {
  return FLOW.has(step);
}

/**
 * Whether two lists have the same steps with the same arguments. Ironic adds keys to the steps that it runs, such as `priority`, and masks
 * values in responses; it leaves steps for the flow out.
 */
export function sameSteps(some: Json | undefined, others: Json | undefined): boolean {
  if (!Array.isArray(some) || !Array.isArray(others)) return false;
  const [left, right] = [some, others].map((steps) => (steps as JsonObject[]).filter((step) => !isFlowStep(step)));
  if (left?.length !== right?.length) return false;
  return (left ?? []).every((one, index) => {
    const other = right?.[index] ?? {};
    return stepName(one) === stepName(other) && sameMasked(one.args ?? {}, other.args ?? {});
  });
}

function sameMasked(one: Json, other: Json): boolean {
  if (one === MASK || other === MASK) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [some, others] = [one, other] as [Readonly<Record<string, Json>>, Readonly<Record<string, Json>>];
  const keys = new Set([...Object.keys(some), ...Object.keys(others)]);
  return [...keys].every((key) => sameMasked(some[key] ?? null, others[key] ?? null));
}

/** The beginning of a step in Python's notation. */
const STEP =
  /\{(['"])(?:args|argsinfo|interface|step|priority|order|abortable|requires_ramdisk|execute_on_child_nodes)\1:/;
const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y;

/**
 * A report of Ironic with `interface.step` in place of each whole step. Ironic quotes steps in Python's notation with their arguments, as
 * in `Node … failed step {'interface': 'bios', 'step': …, 'args': …}`; arguments may be secret, and hide the message.
 */
export function withoutStepArgs(text: string): string {
  const found = STEP.exec(text);
  if (found === null) return text;
  const { name, end } = stepAt(text, found.index);
  return `${text.slice(0, found.index)}${name}${withoutStepArgs(text.slice(end))}`;
}

/** A step in Python's notation: its name, and its end. A step that is cut off ends with the text. */
function stepAt(text: string, start: number): { readonly name: string; readonly end: number } {
  const strings: string[] = [];
  let depth = 0;
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? "";
    STRING.lastIndex = at;
    const string = STRING.exec(text)?.[0];
    if (string !== undefined) {
      if (depth === 1) strings.push(string.slice(1, -1));
      at += string.length - 1;
    } else if ("{[(".includes(character)) depth += 1;
    else if ("}])".includes(character)) depth -= 1;
    if (depth === 0) break;
  }
  const after = (key: string) => strings[strings.indexOf(key) + 1];
  const [owner, step] = [after("interface"), after("step")];
  const isNamed = strings.includes("interface") && strings.includes("step") && step !== undefined;
  return { name: isNamed ? stepName({ interface: owner, step }) : "…", end: Math.min(at + 1, text.length) };
}

/** The step that a report names, in which whole steps are replaced by their names; of several, the first that is among the known ones. */
export function stepInReport(report: string, known: readonly string[]): string | undefined {
  const names = [...report.matchAll(new RegExp(`\\b(?:${STEP_INTERFACES.join("|")})\\.\\w+`, "g"))].map(
    ([name]) => name,
  );
  return names.find((name) => known.includes(name)) ?? (known.length === 0 ? names[0] : undefined);
}
