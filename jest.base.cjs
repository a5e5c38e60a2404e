/** Settings of all suites. End-to-end and metal tests have separate configurations. */
module.exports = {
  testEnvironment: "node",
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  setupFiles: ["<rootDir>/test/support/environment.ts"],
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  moduleNameMapper: {
    "^cdktf-ironic-oci$": "<rootDir>/src/index.ts",
    "^cdktf-ironic-oci/resolver$": "<rootDir>/src/resolver-entry.ts",
  },
};
