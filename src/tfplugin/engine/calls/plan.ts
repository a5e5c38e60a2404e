import { PrivateState } from "../../author/private-state";
import type { Path } from "../../cty";
import type { CallHandler } from "../call";
import { pathToProto } from "../diagnostic-to-proto";
import { keepPrior } from "../equivalence";
import { identityOf } from "../identity";
import { checkResult, encodeResult } from "../result";
import { markUnknownOnUpdate, planFromSchema, replacedPaths } from "../schema-plan";
import { readObject, readObjectOrNull, writeValue } from "../values";

/** The plan that follows from the schema, completed by the resource's `plan` hook. A destruction is planned as it is. */
export const planResourceChange: CallHandler<"PlanResourceChange"> = (runner, request) => {
  const { typeName } = request;
  return runner.resource(
    { rpc: "PlanResourceChange", operation: `plan ${typeName}`, typeName },
    async (resource, call) => {
      const { schema, hooks } = resource;
      const prior = readObjectOrNull(schema, request.priorState, call.redactor);
      const proposed = readObjectOrNull(schema, request.proposedNewState, call.redactor);
      if (proposed === null)
        return { plannedState: writeValue(schema.type, null), plannedPrivate: request.priorPrivate };
      const config = readObject(schema, request.config, call.redactor);
      const privateState = new PrivateState(request.priorPrivate);
      const required: Path[] = [];
      let planned = planFromSchema(schema, { prior, config, proposed });
      const completed = await hooks.plan?.({
        ...call,
        client: runner.client,
        privateState,
        config,
        state: prior,
        planned,
        requireReplace: (path) => void required.push([...path]),
      });
      if (completed !== undefined) planned = keepPrior(schema, prior, checkResult(schema, completed));
      // Only now: the hook may have found that an apparent change is none.
      planned = markUnknownOnUpdate(schema, { prior, config }, planned);
      call.redactor.learn(schema, planned);
      const replaced =
        prior === null ? [] : replacedPaths(schema, prior, planned, hooks.update === undefined).concat(required);
      const plannedState = encodeResult(schema.type, planned);
      return {
        plannedState,
        plannedIdentity: identityOf(resource, plannedState),
        requiresReplace: replaced.map((path) => pathToProto(path, schema.type)),
        plannedPrivate: privateState.bytes(),
      };
    },
  );
};
