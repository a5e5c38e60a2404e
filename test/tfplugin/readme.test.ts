import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notes } from "../support/note-provider";
import { InProcessPlugin } from "../support/plugin/client";
import { ResourceDriver } from "../support/plugin/resource-driver";

const source = (...path: string[]) => readFileSync(join(__dirname, "..", "..", ...path), "utf8");

test("the README shows the provider that this test runs", () => {
  const [, shown] = /```ts\n(import[\s\S]*?)```/.exec(source("src", "tfplugin", "README.md")) ?? [];
  expect(shown).toBe(source("test", "support", "note-provider.ts").replace("../../src/tfplugin", "./tfplugin"));
});

test("the provider of the README creates, reads, updates, replaces, imports and destroys", async () => {
  const folder = mkdtempSync(join(tmpdir(), "notes-"));
  process.env.NOTES_FOLDER = folder;
  try {
    const plugin = new InProcessPlugin(notes);
    const { schema } = notes.options.resources?.notes_note ?? {};
    if (schema === undefined) throw new Error("no notes_note");
    await plugin.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
    const note = new ResourceDriver(plugin, "notes_note", schema);
    expect(await note.apply({ name: "a" })).toEqual([]);
    expect(note.state).toEqual({ id: join(folder, "a"), name: "a", text: "" });
    expect(await note.apply({ name: "a", text: "hello" })).toEqual([]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("hello");
    writeFileSync(join(folder, "a"), "changed");
    await note.refresh();
    expect((await note.plan({ name: "a", text: "hello" })).planned).toMatchObject({ text: "hello" });
    expect((await note.plan({ name: "b" })).replaced).toEqual([["name"]]);
    const imported = new ResourceDriver(plugin, "notes_note", schema);
    expect(await imported.import("a")).toEqual([]);
    expect(imported.state).toEqual({ id: join(folder, "a"), name: "a", text: "changed" });
    expect(await note.apply(null)).toEqual([]);
    await imported.refresh();
    expect(imported.state).toBeNull();
  } finally {
    delete process.env.NOTES_FOLDER;
    rmSync(folder, { recursive: true });
  }
});
