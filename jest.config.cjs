const base = require("./jest.base.cjs");

const cdktn = "<rootDir>/test/cdktn/node_modules";

/** @type {import("jest").Config} */
module.exports = {
  // A bound for tests that hang, not for slow ones: with a cold cache on a busy machine, the first test of a file takes seconds.
  testTimeout: 60_000,
  // Each file that a process has run leaves its AsyncLocalStorage in Node, and each promise of later files then carries
  // all of them: after forty files the tests with ten thousand requests took minutes. Workers are replaced before that.
  maxWorkers: "100%",
  workerIdleMemoryLimit: "400MB",
  projects: [
    {
      ...base,
      displayName: "cdktf",
      globals: { CDKTF_VERSION: "0.21.0" },
      setupFiles: [...base.setupFiles, "<rootDir>/test/support/quick-polls.ts"],
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/e2e/"],
    },
    {
      ...base,
      displayName: "cdktn",
      globals: { CDKTF_VERSION: "0.24.0" },
      testMatch: ["<rootDir>/test/constructs/**/*.test.ts"],
      // The constructs' suite a second time, with CDK Terrain installed under the name cdktf. One copy of each: two module
      // instances of constructs do not recognise each other's classes.
      moduleNameMapper: {
        ...base.moduleNameMapper,
        "^(cdktf|constructs)$": `${cdktn}/$1`,
        "^@cdktf/provider-null/(.*)$": `${cdktn}/@cdktf/provider-null/$1`,
      },
    },
  ],
};
