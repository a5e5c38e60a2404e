// Every suite starts from the same environment: what CI or a user's shell sets must not decide what a test sees.
for (const name of ["CI", "IRONIC_OCI_LOCK", "TF_CLI_CONFIG_FILE", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE"]) {
  delete process.env[name];
}
