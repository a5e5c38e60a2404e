const base = require("./jest.base.cjs");

/** End-to-end: real services from Debian and the built package, two files at a time. */
module.exports = {
  ...base,
  testMatch: ["<rootDir>/test/e2e/**/*.e2e.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
  maxWorkers: 2,
};
