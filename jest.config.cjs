const transform = {
  "^.+\\.ts$": [
    "@swc/jest",
    { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
  ],
};

/** @type {import("jest").Config} */
module.exports = {
  testEnvironment: "node",
  transform,
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/e2e/"],
  moduleNameMapper: { "^cdktf-ironic-oci$": "<rootDir>/src/index.ts" },
};
