import * as z from "zod";

const text = z.string().min(1, "must not be empty");

/** `host/path`, where `*` stands for any characters. */
const repositories = z
  .array(
    text.regex(
      /^[a-z0-9*._:[\]/-]+$/,
      "is a pattern of repositories: host/path in lower case, where * stands for any characters",
    ),
  )
  .min(1, "must name a repository");

const trustedRoot = text
  .optional()
  .describe("Path of a trusted root, as cosign trusted-root create writes it. Default: sigstore's public services.");

const Signer = z.union(
  [
    z
      .strictObject({
        key: text.describe("Path of a public key as cosign generate-key-pair writes it, or the key itself (PEM)."),
        trustedRoot,
      })
      .describe("A signer by a key."),
    z
      .strictObject({
        identity: text.describe(
          "The identity in the signer's certificate: an e-mail address or URL. * stands for any characters.",
        ),
        issuer: text.describe("The OIDC issuer that has proven the identity; exact."),
        trustedRoot,
      })
      .describe("A signer by a certificate for an identity."),
  ],
  "must be { key } or { identity, issuer }, with trustedRoot if needed",
);

const Rule = z
  .strictObject({
    repositories: repositories.describe(
      "The repositories of this rule. The first rule that names a repository applies.",
    ),
    signedBy: z.array(Signer).min(1, "must name a signer").optional().describe("Who must have signed; one is enough."),
    signedFor: repositories
      .optional()
      .describe("Repositories whose signatures count as well: where images, and their signatures, were copied from."),
    unsigned: z.literal(true).optional().describe("Images need no signature."),
    deny: z.literal(true).optional().describe("Images are refused."),
  })
  .refine(
    ({ signedBy, unsigned, deny }) => [signedBy, unsigned, deny].filter((each) => each !== undefined).length === 1,
    {
      error: "a rule has one of signedBy, unsigned and deny",
    },
  )
  .refine(({ signedBy, signedFor }) => signedFor === undefined || signedBy !== undefined, {
    error: "signedFor belongs to signedBy",
  });

/** The policy file. */
export const PolicyContent = z.strictObject({
  $schema: z.string().optional().describe("The path or URL of this schema, for editors."),
  rules: z.array(Rule).min(1, "must have a rule").describe("An image that no rule names is refused."),
});
