import { refusalOf } from "../../src/ironic/refusals";

const NODE = "1be26c0b-03f2-4d2e-ae87-c02d7f33c123";

test.each([
  [401, "The request you have made requires authentication.", "credentials"],
  [403, "Access was denied to the following resource: baremetal:node:create", "policy"],
  [403, `Node ${NODE} is protected and cannot be undeployed, rebuilt or deleted`, "protected"],
  [400, `The rebuild operation can't be performed on node ${NODE} because it's in maintenance mode.`, "maintenance"],
  [400, `The provisioning operation can't be performed on node ${NODE} because it is retired.`, "retired"],
  [409, `Node ${NODE} is locked by host ironic, please retry after the current operation is completed.`, "locked"],
  [
    409,
    `Node ${NODE} child_node ${NODE} is presently locked and we are unable to perform any action on it at this time. Please retry after the current operation is completed.`,
    "locked",
  ],
  [409, "Node n can not be updated while a state transition is in progress.", "transition"],
  [409, `Cannot update node "${NODE}" while it is in state "inspecting".`, "transition"],
  [
    400,
    `The requested action "rebuild" can not be performed on node "${NODE}" while it is in state "cleaning".`,
    "state",
  ],
  [
    409,
    "Node n can not have deploy_interface updated unless it is in one of allowed (manageable, available) states or in maintenance mode.",
    "unchangeable",
  ],
  [500, "(sqlite3.OperationalError) database is locked [SQL: UPDATE nodes SET …]", "database"],
  [500, "Unexpected error raised by RPC", "conductor"],
  [409, "A node with name is locked by host already exists.", "exists"],
  [409, "A node with name while it is in state x already exists.", "exists"],
  [400, `This runbook has not been approved for use on this node ${NODE}. Please ask an administrator …`, "other"],
  [409, "Node n is associated with instance i.", "other"],
  [400, "Node is locked by host x, please retry after the current operation is completed.", "other"],
  [500, "Internal Server Error", "other"],
] as const)("%s %s: the reason is %s", (status, fault, reason) => {
  const refusal = refusalOf(status, fault);
  expect(refusal.reason).toBe(reason);
  expect(refusal.isTransient).toBe(["locked", "transition", "database"].includes(reason));
  if (reason !== "other" || fault.includes("approved")) expect(refusal.hint).toMatch(/\w/);
});

test("only refused credentials are advised to be checked", () => {
  for (const fault of ["Access was denied", `Node ${NODE} is protected and cannot be undeployed, rebuilt or deleted`]) {
    expect(refusalOf(403, fault).hint).not.toMatch(/user name|password|token/);
  }
  expect(refusalOf(401, "Incorrect username or password").hint).toMatch(/password/);
});
