import * as v from 'valibot';

/**
 * How a page measures its link to the server: `GET /v1/bandwidth?bytes=N` gives N random bytes, `POST /v1/bandwidth` takes a body
 * and gives a `BandwidthReceipt`. Both need the token that the server may ask for. An error is `bad_request` (too many bytes) or
 * `server_busy` (more than two of one address, or four in all, at once).
 */
export const BANDWIDTH = {
  path: '/v1/bandwidth',
  /** Of one request: a second of 32 Mbit/s. */
  maxBytes: 4 << 20,
} as const;

/** The server's answer to an upload. */
export const BandwidthReceipt = v.object({
  /** How many bytes came. */
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type BandwidthReceipt = v.InferOutput<typeof BandwidthReceipt>;
