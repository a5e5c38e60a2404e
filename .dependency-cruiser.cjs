/** Modules and what each may import; docs/architecture.md has the same table, and a test compares the two. */
const modules = {
  "src/text": [],
  "src/net": ["src/text"],
  "src/reference": ["src/net"],
  "src/registry": ["src/net", "src/reference"],
  "src/signing": ["src/reference", "src/registry"],
  "src/selection": ["src/reference"],
  "src/resolver": ["src/net", "src/reference", "src/registry", "src/signing", "src/selection"],
  "src/publish": ["src/net", "src/reference", "src/registry", "src/signing", "src/selection", "src/resolver"],
  "src/lock": ["src/reference", "src/selection", "src/signing", "src/resolver"],
  "src/delivery": ["src/reference"],
  "src/ironic": ["src/text", "src/net"],
  "src/tfplugin": ["src/text"],
  "src/provider": [
    "src/text",
    "src/net",
    "src/reference",
    "src/selection",
    "src/signing",
    "src/resolver",
    "src/lock",
    "src/tfplugin",
    "src/ironic",
  ],
  "src/cli": ["src/(?!cli/|testing/)[^/]+"],
  "src/testing": ["src/reference", "src/registry"],
  constructs: ["src/reference", "src/signing", "src/resolver", "src/lock", "src/delivery"],
};
/** Layers of src/tfplugin: each folder and the folders that it may import. */
const tfplugin = {
  cty: [],
  proto: [],
  schema: ["cty"],
  author: ["schema", "cty"],
  engine: ["author", "schema", "proto", "cty"],
  transport: ["engine", "author", "proto"],
};
const anyModule = "^(src/[^/]+|constructs)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(modules).map(([module, imports]) => ({
      name: `${module}-imports`,
      comment: "A module imports only the modules that the table allows.",
      severity: "error",
      from: { path: `^${module}/` },
      to: { path: anyModule, pathNot: [module, ...imports].map((each) => `^${each}/`) },
    })),
    ...Object.entries(tfplugin).map(([folder, below]) => ({
      name: `tfplugin-${folder}-imports-only-lower-layers`,
      severity: "error",
      from: { path: `^src/tfplugin/${folder}/` },
      to: { path: "^src/tfplugin/", pathNot: [folder, ...below].map((each) => `^src/tfplugin/${each}/`) },
    })),
    {
      name: "entry-points",
      comment: "A module is imported through its entry point, index.ts.",
      severity: "error",
      from: { path: anyModule },
      to: { path: anyModule, pathNot: ["^$1/", "/index\\.ts$"] },
    },
    {
      name: "examples-use-the-public-name",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(src|constructs|scripts|test|dist)/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: ["node_modules", "^dist"] },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
