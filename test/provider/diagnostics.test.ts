import {
  ConflictError,
  ForbiddenError,
  IronicApiError,
  IronicUnavailableError,
  KeystoneError,
  MicroversionError,
  NodeLockedError,
  NotFoundError,
  ProvisionError,
  SettingsError,
  UnauthorizedError,
  UnexpectedAnswerError,
} from "../../src/ironic";
import { toProviderError } from "../../src/provider/diagnostics";
import { Reference } from "../../src/reference";
import { ProviderError } from "../../src/tfplugin";

const context = { method: "GET", path: "/v1/nodes" };

test.each<[string, Error]>([
  ["Ironic does not have this object", new NotFoundError(context, 404, "gone")],
  ["Ironic refused the request", new IronicApiError(context, 400, "bad")],
  ["The object exists already in Ironic, or is in use", new ConflictError(context, 409, "taken")],
  [
    "The node's provision state does not allow this change",
    new ConflictError(
      context,
      409,
      "Node n can not have deploy_interface updated unless it is in one of allowed (manageable, available) states or in maintenance mode.",
      "move the node to one of the states",
      "unchangeable",
    ),
  ],
  ["The node is locked", new NodeLockedError(context, 409, "locked")],
  ["Ironic refused the credentials", new UnauthorizedError(context, 401, "no")],
  ["Ironic's policy does not allow this", new ForbiddenError(context, 403, "Access was denied")],
  ["The node is protected", new ForbiddenError(context, 403, "protected", "unset it", "protected")],
  ["The node is in maintenance", new IronicApiError(context, 400, "no", "unset it", "maintenance")],
  ["Ironic does not answer", new IronicUnavailableError("no answer")],
  ["This is not Ironic", new UnexpectedAnswerError("HTML")],
  ["The connection settings for Ironic can't be used", new SettingsError("no url", { hint: "set it" })],
  ["Keystone refused the request", new KeystoneError("no")],
  [
    "The node did not reach the expected provision state",
    new ProvisionError("n", "deploy failed", "no agent", "active"),
  ],
])("%s", (summary, error) => {
  const explained = toProviderError(error);
  expect(explained).toBeInstanceOf(ProviderError);
  expect(explained?.message).toBe(summary);
  expect(explained?.cause).toBe(error);
  expect(explained?.detail).toMatch(/^\S[\s\S]*[.!?…]$/);
  const { hint } = error as { hint?: string };
  if (hint !== undefined) expect(explained?.detail.toLowerCase()).toContain(hint.toLowerCase());
});

test("of a microversion too", () => {
  const error = Object.create(MicroversionError.prototype, {
    message: { value: "no 1.999" },
    hint: { value: "leave it out" },
    code: { value: "IRONIC_MICROVERSION" },
  }) as MicroversionError;
  expect(toProviderError(error)).toMatchObject({
    message: "Ironic does not support this microversion",
    detail: "No 1.999.\n\nLeave it out.",
  });
});

test("an error of a reference, which stands as it is at the beginning of a sentence", () => {
  const error = (() => {
    try {
      return Reference.parse("oci://HOST/Path:tag");
    } catch (thrown) {
      return thrown;
    }
  })();
  const explained = toProviderError(error);
  expect(explained?.message).toBe("This is not an OCI reference");
  expect(explained?.detail).not.toMatch(/^Oci:/);
});

test.each<[unknown]>([
  [new Error("plain")],
  [new TypeError("x")],
  ["text"],
  [undefined],
  [{ code: "IRONIC_REFUSED", hint: "h" }],
])("%p is left to the engine", (error) => {
  expect(toProviderError(error)).toBeUndefined();
});
