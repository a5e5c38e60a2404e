import { Command } from "commander";
import { processIo, run } from "../../src/cli/program";
import { cli } from "../support/cli";
import { Bench } from "../support/rack";

// Arguments that are wrong, or without an effect: a script must not go on with something else than it was written for.

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const kernel = () => bench.ref("ipa:kernel");
const lockFile = () => ["--lock-file", bench.lockFile];

/** Every option with a value, by the words of its command: as commander has them, so that none is forgotten. */
async function optionsWithValues(): Promise<readonly (readonly [words: readonly string[], option: string])[]> {
  const parse = jest.spyOn(Command.prototype, "parseAsync").mockImplementation(async function (this: Command) {
    return this;
  });
  await run([], { out: () => {}, err: () => {}, colour: false, signal: new AbortController().signal });
  const [program] = parse.mock.contexts as Command[];
  jest.restoreAllMocks();
  const visit = (command: Command, words: readonly string[]): (readonly [readonly string[], string])[] => [
    ...command.options
      .filter(({ required, optional }) => required || optional)
      .map(({ long }) => [words, long ?? ""] as const),
    ...command.commands.flatMap((each) => visit(each, [...words, each.name()])),
  ];
  return visit(program as Command, []);
}

test("an empty value, as of a variable that is not set, is wrong usage for every option", async () => {
  const all = await optionsWithValues();
  expect(all.length).toBeGreaterThan(30);
  for (const [words, option] of all) {
    const argv = [...words, ...(words[0] === "provider" ? [] : [kernel()]), option, ""];
    const { code, out, err } = await cli(...argv);
    expect({ argv, code, out, err }).toEqual({ argv, code: 2, out: "", err: expect.stringContaining(option) });
  }
  expect(bench.registry.requests).toHaveLength(0);
});

describe("options about a node without a reference to use them for", () => {
  test.each([
    ["--arch", "x86_64"],
    ["--download-source", "local"],
    ["--role", "kernel"],
    ["--expect", "disk"],
    ["--ironic-release", "39.0"],
  ])("%s %s", async (...option) => {
    await cli("lock", kernel(), "--role", "kernel", "--plain-http", bench.registry.host, ...lockFile());
    for (const argv of [["lock"], ["lock", "--prune"], ["lock", "--remove", kernel()]]) {
      const { code, out, err } = await cli(...argv, ...option, ...lockFile());
      expect({ argv, code, out, err }).toEqual({
        argv,
        code: 2,
        out: "",
        err: expect.stringContaining(`${option[0]}: `),
      });
    }
    const locked = JSON.parse((await cli("lock", "--json", ...lockFile())).out) as object;
    expect(Object.keys(locked)).toEqual([kernel()]);
  });
});

describe("the name of a registry", () => {
  const PASSWORD = "hunter2-in-the-clear";
  const wrong = ["http://h", "h/path", `user:${PASSWORD}@h`, "a b", "*", "h:0"];
  test.each(
    wrong.flatMap((name) => [
      ["--plain-http", name],
      ["--mirror", `${name}=h`],
      ["--mirror", `h=https://${name}`],
      ["--pin-mirror", `${name}=h`],
      ["--pin-mirror", `h=https://${name}`],
    ]),
  )("%s %s is an error that names the option, and no password", async (option, value) => {
    for (const json of [[], ["--json"]]) {
      const { code, out, err } = await cli("resolve", kernel(), option as string, value as string, ...json);
      expect(code).toBe(2);
      const text =
        json.length > 0 ? (JSON.parse(out) as { error: { code: string; message: string } }).error.message : err;
      expect(text).toContain(`${option}: "`);
      expect(text).toContain("is not a registry (host or host:port)");
      expect(out + err).not.toContain(PASSWORD);
    }
  });

  test.each(["--mirror", "--pin-mirror"])(
    "%s without a registry, or with too much, quotes no password",
    async (option) => {
      for (const value of [`user:${PASSWORD}@h`, `https://user:${PASSWORD}@h/x`, `h=user:${PASSWORD}@m=x`]) {
        const { code, out, err } = await cli("resolve", kernel(), option, value, "--json");
        expect([code, JSON.parse(out).error.message]).toEqual([2, `${option}: the format is REGISTRY=MIRROR`]);
        expect(out + err).not.toContain(PASSWORD);
      }
    },
  );

  test("of a mirror may have a path", async () => {
    const argv = [
      "resolve",
      "oci://quay.io/kernel:tag",
      "--role",
      "kernel",
      "--mirror",
      `quay.io=${bench.registry.host}/some/path`,
    ];
    expect((await cli(...argv, "--plain-http", bench.registry.host)).err).toContain("/some/path/kernel");
  });
});

describe("several wrong references", () => {
  const wrong = ["quay.io/podman/machine-os:5.5", "oci://h/P:t"];
  const describesAll = (text: string) => {
    for (const fault of ["a reference starts with oci://", "did you mean oci://quay.io", "written in lower case"])
      expect(text).toContain(fault);
  };

  test.each([["lock"], ["resolve"], ["outdated"], ["update"], ["lock", "--remove"]])(
    "%s %s describes all of them",
    async (...command) => {
      await cli("lock", kernel(), "--role", "kernel", "--plain-http", bench.registry.host, ...lockFile());
      const file = command[0] === "resolve" ? [] : lockFile();
      const { code, err } = await cli(...command, ...wrong, ...file);
      expect(code).toBe(2);
      describesAll(err);
      const json = await cli(...command, ...wrong, ...file, "--json");
      expect({ code: json.code, err: json.err }).toEqual({ code: 2, err: "" });
      describesAll(json.out);
    },
  );

  test("that are right and not locked are named, too", async () => {
    await cli("lock", kernel(), "--role", "kernel", "--plain-http", bench.registry.host, ...lockFile());
    const { code, err } = await cli("outdated", "oci://h/a:1", kernel(), "oci://h/b:1", ...lockFile());
    expect({ code, err }).toEqual({ code: 2, err: `error: oci://h/a:1, oci://h/b:1 are not in ${bench.lockFile}\n` });
  });
});

describe("the streams of a process", () => {
  const signal = new AbortController().signal;
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { isTTY, columns: 80, written, write: (text: unknown) => written.push(String(text)) > 0 };
  };
  test.each([
    [true, true, {}, { colour: true, columns: 80 }],
    [false, true, {}, { colour: false, columns: undefined }],
    [true, true, { NO_COLOR: "1" }, { colour: false, columns: 80 }],
    [true, true, { NO_COLOR: "" }, { colour: true, columns: 80 }],
  ])("stdout a terminal: %s, stderr: %s, environment %p", (out, err, env, expected) => {
    expect(processIo({ stdout: stream(out), stderr: stream(err), env }, signal)).toMatchObject(expected);
  });

  test("a file gets no colours, and the terminal beside it does", () => {
    const [stdout, file] = [stream(true), stream(false)];
    const io = processIo({ stdout, stderr: file, env: {} }, signal);
    for (const write of [io.out, io.err]) write("\u001b[31merror:\u001b[0m text\n");
    expect(stdout.written).toEqual(["\u001b[31merror:\u001b[0m text\n"]);
    expect(file.written).toEqual(["error: text\n"]);
  });
});

test("help fits into 80 columns, but for the examples, which are to be copied, and shows no internal defaults", async () => {
  const commands = [[], ...["resolve", "lock", "outdated", "update", "doctor", "provider"].map((name) => [name])];
  for (const argv of [...commands, ["provider", "install"]]) {
    const { out } = await cli(...argv, "--help");
    const [text = ""] = out.split(/^Examples?:$/m);
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/default: [[{]/);
  }
});
