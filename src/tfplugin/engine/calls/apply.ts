import { PrivateState } from "../../author/private-state";
import type { Resource } from "../../author/provider";
import type { DynamicValue, Request } from "../../proto/tfplugin6";
import type { CallContext, CallHandler, CallRunner } from "../call";
import { identityOf } from "../identity";
import { unknownAsNull, withoutWriteOnly } from "../objects";
import { encodeSavedState, encodeState, reportIncomplete } from "../result";
import { isNullValue, readObjectOrNull, writeValue } from "../values";

/** The state that the response gives, however the apply ends. */
interface Outcome {
  state: DynamicValue | undefined;
  readonly privateState: PrivateState;
}

/** Creates, updates or destroys. The response has the new state in any case. */
export const applyResourceChange: CallHandler<"ApplyResourceChange"> = (runner, request) => {
  const { typeName } = request;
  const outcome: Outcome = { state: request.priorState, privateState: new PrivateState(request.plannedPrivate) };
  const resource = runner.resources[typeName];
  const response = () => ({
    newState: outcome.state,
    private: outcome.privateState.bytes(),
    newIdentity: resource && identityOf(resource, outcome.state),
  });
  return runner.resource(
    { rpc: "ApplyResourceChange", operation: operationOf(request), typeName },
    async (resource, call) => {
      await apply(resource, runner, request, call, outcome);
      return response();
    },
    response,
  );
};

async function apply(
  { schema, hooks }: Resource<unknown>,
  runner: CallRunner,
  request: Request<"ApplyResourceChange">,
  call: CallContext,
  outcome: Outcome,
): Promise<void> {
  const prior = readObjectOrNull(schema, request.priorState, call.redactor);
  const planned = readObjectOrNull(schema, request.plannedState, call.redactor);
  const config = readObjectOrNull(schema, request.config, call.redactor);
  call.signal.throwIfAborted();
  // A create whose result was unfit left a state without the ID that leads to the thing.
  if (prior !== null && reportIncomplete(schema, prior, call.diagnostics)) return;
  const common = {
    ...call,
    client: runner.client,
    privateState: outcome.privateState,
    save: (state: unknown) => {
      outcome.state = encodeSavedState(schema, planned ?? prior, state, call);
    },
  };
  if (planned === null) {
    if (prior !== null) await hooks.delete({ ...common, state: prior });
    // An error that was reported and not thrown: it still exists.
    if (!call.diagnostics.hasErrors) outcome.state = writeValue(schema.type, null);
    return;
  }
  const state =
    prior === null
      ? await hooks.create({ ...common, config, planned })
      : await hooks.update?.({ ...common, config, state: prior, planned });
  // Should the result be unfit for state, then at least the plan is not lost.
  if (prior === null && isNullValue(outcome.state)) {
    outcome.state = writeValue(schema.type, unknownAsNull(withoutWriteOnly(schema, planned)));
  }
  outcome.state = encodeState(schema, planned, state, call);
}

function operationOf({ typeName, priorState, plannedState }: Request<"ApplyResourceChange">): string {
  if (isNullValue(plannedState)) return `destroy ${typeName}`;
  return `${isNullValue(priorState) ? "create" : "update"} ${typeName}`;
}
