import * as v from 'valibot';

/**
 * What crosses HTTP about phones and other machines of the network; docs/phone.md tells of it.
 *
 *   GET    /v1/lan                          LanInfo
 *   POST   /v1/lan/phone                    PhoneLinkRequest: an address for a device, with a code; 200 PhoneLink
 *   POST   /v1/lan/pair                     PairRequest: the code, good once; 200 PairGrant
 *   GET    /v1/lan/authority.crt            the certificate authority of the installation, DER
 *   GET    /v1/lan/authority.mobileconfig   the same as a profile for iPhones and iPads
 */
export const LAN_PATH = '/v1/lan';

/** The page is there, below the server's address. */
export const TRUST_PAGE = 'trust';

export const LanInfo = v.object({
  /** Whether the server is for the machines of its network. */
  isOn: v.boolean(),
  /** Whether a device needs a code first. */
  needsPairing: v.boolean(),
  /** Whether the sender of the request may ask for addresses for other devices. */
  mayInvite: v.boolean(),
  /** SHA-256 of the certificate authority, `AB:CD:…`; absent where there is none. */
  fingerprint: v.optional(v.string()),
});
export type LanInfo = v.InferOutput<typeof LanInfo>;

export const PhoneLinkRequest = v.object({
  /** The code of the link that is shown: while it is good, the answer has it again. */
  code: v.optional(v.pipe(v.string(), v.maxLength(100))),
});

export const PhoneLink = v.object({
  /** What the QR code says: https, with the code after `#`. */
  url: v.string(),
  /** Absent where no code is needed. */
  code: v.optional(v.string()),
  /** ISO 8601: the code is good until then. */
  expiresAt: v.optional(v.string()),
  /** Further addresses of the machine, and its name, without a code: for devices that do not reach the first. */
  others: v.array(v.string()),
});
export type PhoneLink = v.InferOutput<typeof PhoneLink>;

export const PairRequest = v.object({ code: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) });

export const PairGrant = v.object({
  /** For `hello` and as a bearer token. */
  token: v.string(),
  /** ISO 8601: the right ends then. */
  expiresAt: v.string(),
});
export type PairGrant = v.InferOutput<typeof PairGrant>;
