import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { computed, optional, pluginFor, required, schema, t } from "../../src/tfplugin";

const { provider, resource } = pluginFor<{ readonly folder: string }>();

const noteSchema = schema({
  description: "A text file.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "The file's path." }),
    name: required(t.string, { requiresReplace: true }),
    text: optional(t.string, { default: "" }),
  },
});

const note = resource(noteSchema, {
  create({ planned, client }) {
    const id = join(client.folder, planned.name);
    writeFileSync(id, planned.text);
    return { ...planned, id };
  },
  read({ state }) {
    if (!existsSync(state.id)) return null;
    return { id: state.id, name: basename(state.id), text: readFileSync(state.id, "utf8") };
  },
  update({ planned, state }) {
    writeFileSync(state.id, planned.text);
    return { ...planned, id: state.id };
  },
  delete: ({ state }) => rmSync(state.id, { force: true }),
  import: ({ id, client }) => ({ id: join(client.folder, id) }),
});

export const notes = provider({
  address: "registry.terraform.io/example/notes",
  schema: schema({}),
  configure: async () => ({ folder: process.env.NOTES_FOLDER ?? "." }),
  resources: { notes_note: note },
});
