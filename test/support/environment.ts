// Every suite starts from the same environment: what CI or a user's shell sets must not decide what a test sees.
const SETTINGS = [
  "CI",
  "IRONIC_OCI_LOCK",
  "TF_CLI_CONFIG_FILE",
  "DOCKER_CONFIG",
  "REGISTRY_AUTH_FILE",
  "SSL_CERT_FILE",
];
for (const name of Object.keys(process.env)) {
  if (SETTINGS.includes(name) || /^(https?|all|no)_proxy$/i.test(name)) delete process.env[name];
}
