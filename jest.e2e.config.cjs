const base = require("./jest.base.cjs");

/** End-to-end: real services from Debian and the built package, one file after the other. */
module.exports = {
  ...base,
  testMatch: ["<rootDir>/test/e2e/**/*.e2e.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
  maxWorkers: 1,
};
