import { join } from "node:path";

// Every suite starts from the same environment: what CI or a user's shell sets must not decide what a test sees.
const SETTINGS = [
  "CI",
  "IRONIC_OCI_LOCK",
  "TF_CLI_CONFIG_FILE",
  "REGISTRY_AUTH_FILE",
  "DOCKER_AUTH_CONFIG",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "XDG_RUNTIME_DIR",
];
for (const name of Object.keys(process.env)) {
  if (SETTINGS.includes(name) || /^(https?|all|no)_proxy$/i.test(name)) delete process.env[name];
}
// Nor must what a developer is logged in to: Docker's and podman's configurations are looked for where nothing can be.
process.env.DOCKER_CONFIG = join(__filename, "nothing");
process.env.XDG_CONFIG_HOME = join(__filename, "nothing");
