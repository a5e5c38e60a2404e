/** Modules and what each may import. */
const rooms = {
  "src/net": [],
  "src/reference": ["src/net"],
  "src/registry": ["src/net", "src/reference"],
  "src/selection": ["src/reference"],
  "src/resolver": ["src/net", "src/reference", "src/registry", "src/selection"],
  "src/lock": ["src/reference", "src/selection", "src/resolver"],
  "src/delivery": ["src/reference"],
  "src/ironic": ["src/net"],
  "src/tfplugin": [],
  "src/provider": ["src/net", "src/reference", "src/selection", "src/resolver", "src/tfplugin", "src/ironic"],
  "src/cli": ["src/(?!cli/|testing/)[^/]+"],
  "src/testing": ["src/reference", "src/registry"],
  constructs: ["src/reference", "src/resolver", "src/lock", "src/delivery"],
};
/** Inside src/tfplugin: each folder and the folders below it. */
const tfplugin = {
  cty: [],
  proto: [],
  schema: ["cty"],
  author: ["schema", "cty"],
  engine: ["author", "schema", "proto", "cty"],
  transport: ["engine", "author", "proto"],
};
const anyRoom = "^(src/[^/]+|constructs)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, known]) => ({
      name: `${room}-knows-only-the-rooms-before-it`,
      severity: "error",
      from: { path: `^${room}/` },
      to: { path: anyRoom, pathNot: [room, ...known].map((each) => `^${each}/`) },
    })),
    ...Object.entries(tfplugin).map(([folder, below]) => ({
      name: `tfplugin-${folder}-imports-only-what-is-below-it`,
      severity: "error",
      from: { path: `^src/tfplugin/${folder}/` },
      to: { path: "^src/tfplugin/", pathNot: [folder, ...below].map((each) => `^src/tfplugin/${each}/`) },
    })),
    {
      name: "through-the-door",
      comment: "Nothing reaches into a room past its index.ts.",
      severity: "error",
      from: { path: anyRoom },
      to: { path: anyRoom, pathNot: ["^$1/", "/index\\.ts$"] },
    },
    {
      name: "examples-use-the-public-name",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(src|constructs|scripts|test|dist)/" },
    },
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: ["node_modules", "^dist"] },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
