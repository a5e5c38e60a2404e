import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runToEnd } from "../../support/run";
import { Toys } from "../support/toy";

// The provider's process by itself: started by hand, and started first so that Terraform attaches to it.
let toys: Toys;
let child: ChildProcess | undefined;
beforeAll(async () => {
  toys = await Toys.install();
});
afterAll(() => {
  child?.kill("SIGKILL");
  toys.remove();
});

test("started by hand, it says what it is", async () => {
  const { code, stdout, stderr } = await runToEnd([toys.executable]);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain('This is the Terraform provider "toy".');
});

test("Terraform attaches to a running one, run after run, also after an interrupted one", async () => {
  const project = toys.uninitialised(`resource "toy_thing" "a" {
  name      = "a"
  misbehave = "wait"
}`);
  const { terraform } = project;
  child = spawn(toys.executable, ["--debug"], {
    env: { ...process.env, ...project.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { pid } = child;
  const ended = once(child, "close");
  let hint = "";
  for await (const text of child.stdout ?? []) {
    hint += text;
    if (hint.includes("}'\n")) break;
  }
  const config = /TF_REATTACH_PROVIDERS='(.*)'/.exec(hint)?.[1] ?? "";
  expect(JSON.parse(config)).toMatchObject({ "registry.terraform.io/example/toy": { ProtocolVersion: 6, Pid: pid } });

  const env = { TF_REATTACH_PROVIDERS: config };
  const apply = ["apply", "-auto-approve", "-no-color"];
  expect(await terraform.run(["init", "-no-color"], env)).toMatchObject({ code: 0 });
  const { finished, until, interrupt } = terraform.start(apply, env);
  await until(() => project.file("marker") !== "");
  interrupt();
  expect(await finished).toMatchObject({ code: 1, stderr: expect.stringContaining("Error: Interrupted") });

  project.write(`resource "toy_thing" "a" { name = "a" }`);
  expect(await terraform.run(apply, env)).toMatchObject({ code: 0 });
  // Terraform needs the provider to show state, too.
  const shown = JSON.parse((await terraform.run(["show", "-json"], env)).stdout);
  expect(shown.values.root_module.resources[0].values.id).toContain(`thing-${pid}-`);

  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

test("a provider whose Terraform was killed cancels its work, cleans up and ends", async () => {
  const project = toys.uninitialised(`resource "toy_thing" "a" {
  name      = "a"
  misbehave = "wait"
}`);
  const sockets = join(project.terraform.dir, "sockets");
  mkdirSync(sockets);
  await project.terraform.init();
  const apply = ["apply", "-auto-approve", "-no-color"];
  const { kill, until, finished } = project.terraform.start(apply, { PLUGIN_UNIX_SOCKET_DIR: sockets });
  await until(() => project.file("marker") !== "");
  expect(readdirSync(sockets)).toHaveLength(1);
  kill();
  expect(await finished).toMatchObject({ code: -1 });
  // To remove its socket is the last thing a provider does.
  for (let tries = 0; readdirSync(sockets).length > 0 && tries < 600; tries++) await delay(100);
  expect(readdirSync(sockets)).toEqual([]);
  // The work was cancelled: it would have gone on for a minute.
  expect(project.file("marker")).toBe("started\ncancelled\n");
});
