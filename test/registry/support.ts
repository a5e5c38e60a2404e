import { digestOf, Reference } from "../../src/reference";
import { type BlobSource, RegistryClient, type RegistryClientOptions } from "../../src/registry";
import { InProcessRegistry, type InProcessRegistryOptions, pushArtifact } from "../../src/testing/registry";

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Has something closed at the end of the test that runs. */
export function closing(close: () => Promise<unknown>): void {
  open.push(close);
}

/** An in-process registry for one test. */
export async function serve(options?: InProcessRegistryOptions): Promise<InProcessRegistry> {
  const registry = await InProcessRegistry.start(options);
  closing(() => registry.stop());
  return registry;
}

/** Retries without the waiting: the delays themselves have tests of their own. */
export const AT_ONCE = { attempts: 4, baseDelay: 1, maxDelay: 1_000 };

/** A client for one test that uses plain HTTP for `registry`. */
export function clientFor(registry: { readonly host: string }, options: RegistryClientOptions = {}): RegistryClient {
  const client = new RegistryClient({ plainHttp: [registry.host], retry: AT_ONCE, ...options });
  closing(() => client.close());
  return client;
}

/** A registry with one artifact, `images/one:tag`, and a reference to it. */
export async function serveOne(options?: InProcessRegistryOptions) {
  const registry = await serve(options);
  const pushed = pushOne(registry);
  return { registry, pushed, at: referenceTo(registry, "images/one:tag") };
}

export function pushOne(registry: InProcessRegistry, repository = "images/one", tag = "tag") {
  return pushArtifact(registry.store, repository, {
    tag,
    files: [{ name: "disk.raw", content: `${repository} disk` }],
  });
}

export function referenceTo(registry: { readonly host: string }, path: string): Reference {
  return Reference.parse(`oci://${registry.host}/${path}`);
}

/**
 * A blob in memory. With `unknown` its digest is known at the end only, as after a compression; with `seekable` it can be opened at any
 * byte, as a file.
 */
export function sourceOf(
  bytes: Buffer,
  { unknown = false, seekable = false } = {},
): BlobSource & { opened: number; openedAt: number[] } {
  const openAt = async (position: number) => {
    source.opened += 1;
    source.openedAt.push(position);
    let offset = position;
    return {
      async read(into: Uint8Array) {
        const length = Math.min(into.length, bytes.length - offset);
        into.set(bytes.subarray(offset, offset + length));
        offset += length;
        return length;
      },
      async close() {},
    };
  };
  const source = {
    opened: 0,
    openedAt: [] as number[],
    known: unknown ? undefined : { digest: digestOf(bytes), size: bytes.length },
    open: () => openAt(0),
    ...(seekable && { openAt }),
  };
  return source;
}

/** The error with which `promise` rejects; a promise that doesn't reject fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("nothing was thrown");
}
