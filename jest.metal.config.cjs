const base = require("./jest.base.cjs");

/** The machine that boots. Started by scripts/metal/main.ts, in separate namespaces. */
module.exports = {
  ...base,
  testMatch: ["<rootDir>/test/metal/**/*.metal.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
  maxWorkers: 1,
  verbose: true,
};
