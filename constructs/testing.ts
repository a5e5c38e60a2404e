import { createHash } from "node:crypto";
import { App } from "cdktf";
import type { IConstruct } from "constructs";
import type { LockedPin, PinQuery } from "../src/lock";
import { type Digest, parseDigest, Reference } from "../src/reference";
import { artifactFacts } from "../src/resolver";
import { PinRegistry } from "./pin-registry";

/** A made-up pin of a reference, for unit tests. */
export interface TestPin {
  /** Digest of the manifest. Default: the digest of a digest reference, else the SHA-256 of the reference's text. */
  readonly digest?: Digest;
  /** Disk format that Ironic reports for the reference. Default: `bootc` for a bootc container, else `unknown`. */
  readonly diskFormat?: LockedPin["diskFormat"];
  /** Size of the file in bytes. Default: none. */
  readonly size?: number;
  /** Digest of the file in hex. Default: none. */
  readonly checksum?: string;
  /** Name of the file as it was pushed. Default: none. */
  readonly fileName?: string;
  /** Media type of the file. Default: none. */
  readonly mediaType?: string;
}

/** Pins by reference, as the program writes it: a digest, or a {@link TestPin}. */
export type TestPins = Readonly<Record<string, Digest | TestPin>>;

/**
 * Gives all references of an app made-up pins, for unit tests: `app.synth()`, `Testing.synth(stack)` and `synthesize(app)` then need
 * no registry and no lock file, and read and write none. References that are not listed get the defaults of {@link TestPin}: the
 * same digest in each run. A listed pin holds for all nodes, whatever their architecture.
 *
 * Not for programs that deploy: no registry has these digests.
 *
 * @param scope the app, or any construct in it
 * @throws {InvalidReferenceError} when a key is not an OCI reference
 * @throws {InvalidDigestError} when a digest is not one
 *
 * @example
 * const app = Testing.app();
 * pinsForTesting(app, { "oci://registry.example/images/os:1": `sha256:${"0".repeat(64)}` });
 * const stack = new MyStack(app, "rack-1");
 * expect(Testing.synth(stack)).toHaveResourceWithProperties(Resource, { … });
 */
export function pinsForTesting(scope: IConstruct, pins: TestPins = {}): void {
  const byReference = new Map<string, TestPin>();
  for (const [text, value] of Object.entries(pins)) {
    const pin = typeof value === "string" ? { digest: value } : value;
    if (pin.digest !== undefined) parseDigest(pin.digest);
    byReference.set(Reference.parse(text).canonical(), pin);
  }
  PinRegistry.of(App.of(scope)).useTestPins((query) =>
    toPin(query, byReference.get(query.reference.canonical()) ?? {}),
  );
}

function toPin(query: PinQuery, pin: TestPin): LockedPin {
  const { reference, role, profile, expect } = query;
  const canonical = reference.canonical();
  const digest = pin.digest ?? reference.digest ?? digestOfText(canonical);
  const kind = expect ?? "disk";
  const asPinned = { kind, diskFormat: kind === "bootc" ? "bootc" : "unknown" } as const;
  return {
    reference: canonical,
    role,
    profile,
    url: reference.withDigest(digest).toString(),
    tagDigest: digest,
    asPinned,
    ...artifactFacts({ ...pin, digest, diskFormat: pin.diskFormat ?? asPinned.diskFormat }),
    reason: "pinsForTesting",
    warnings: [],
  };
}

function digestOfText(text: string): Digest {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
