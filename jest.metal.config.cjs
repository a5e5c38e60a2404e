const base = require("./jest.base.cjs");

/** A machine that boots. scripts/metal/main.ts starts it, in namespaces of its own. */
module.exports = {
  ...base,
  testMatch: ["<rootDir>/test/metal/**/*.metal.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
  maxWorkers: 1,
  verbose: true,
};
