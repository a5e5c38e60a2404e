/**
 * Options in hints, with their names on the command line, in programs and in the provider: the same error may reach users of each.
 */
export const OPTIONS = {
  plainHttp: "`--plain-http` on the command line, `plainHttp` in a program, `plain_http` of the provider",
  timeout: "`--timeout` on the command line, `timeout` in a program",
  concurrency: "`concurrency` in a program; on the command line, name fewer references at once",
  authFile: "`--auth-file` on the command line, `authFile` in a program",
  architecture:
    "`--arch` on the command line, `cpuArch` or `architecture` in a program, `architecture` of the data source",
  architectureCheck: "`--no-extra-checks` on the command line, `extraChecks: { architecture: false }` in a program",
  frozen: "IRONIC_OCI_LOCK=frozen, or `lockMode` in a program",
} as const;
