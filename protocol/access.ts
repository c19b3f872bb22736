import * as v from 'valibot';

/**
 * What crosses HTTP about the right to change models; docs/access.md says what gives it.
 *
 *   POST   /v1/access         AccessRequest: the code of a link, good once; 200 AccessGrant and a cookie
 *   POST   /v1/access/links   with a bearer proof: a new link; 201 AccessLink
 */

/** The page sends AccessGrant.key in it; the cookie alone gives no right. */
export const ADMIN_KEY_HEADER = 'X-Livelens-Key';

/** No token is longer: signed ones of some providers have 4,000 characters. */
export const MAX_TOKEN_CHARS = 8_192;

export const AccessRequest = v.object({
  code: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  /** Where the page is, with a slash at both ends; the cookie is for what lies below it. Default `/`. */
  path: v.optional(v.pipe(v.string(), v.maxLength(200), v.regex(/^\/([\w.~@%+-]+\/)*$/)), '/'),
});

export const AccessGrant = v.object({
  key: v.string(),
  /** ISO 8601: the right ends then. */
  expiresAt: v.string(),
});
export type AccessGrant = v.InferOutput<typeof AccessGrant>;

export const AccessLink = v.object({
  /** What follows `#` in the page's address. */
  fragment: v.string(),
  /** ISO 8601: the link is good until then. */
  expiresAt: v.string(),
});
export type AccessLink = v.InferOutput<typeof AccessLink>;
