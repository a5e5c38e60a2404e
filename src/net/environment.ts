import { userInfo } from "node:os";

/** Environment variables in the form of `process.env`; an argument, so that tests and callers can replace them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The user's folder: `HOME`, else that of the user database. A container may run with a user ID that is in no database: then it is
 * `/`, as container engines set it.
 */
export function homeFolder(environment: Environment = process.env, user: () => { homedir: string } = userInfo): string {
  if (environment.HOME) return environment.HOME;
  try {
    return user().homedir || "/";
  } catch {
    return "/";
  }
}
