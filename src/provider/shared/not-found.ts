import { NotFoundError } from "../../ironic";

/** Runs a deletion; an object that does not exist is deleted already. */
export async function ignoreNotFound(deletion: () => Promise<void>): Promise<void> {
  await nullIfNotFound(deletion);
}

/** The result of a request; null, as a read has it for an object that does not exist, where Ironic responds with 404. */
export async function nullIfNotFound<T>(request: () => Promise<T>): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
