import { run } from "../../src/cli/program";

/** Runs a command line in this process. */
export async function cli(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    colour: false,
    signal: new AbortController().signal,
  };
  const code = await run(argv, io);
  return { code, out, err };
}
