/** A picture that is too large to be relayed is followed by smaller ones. */
const SMALLER = 0.8;
/** The bytes of a picture grow with its area; a little less than what is left then, so that the next one is not too large again. */
const GROWS_BELOW = 0.9 * SMALLER ** 2;

/**
 * How much smaller the next shared picture is than screens want it, 0..1.
 * @param scale of the last one
 * @param share its size as a share of the largest that is relayed; undefined: it was not sent
 */
export function nextPictureScale(scale: number, share: number | undefined): number {
  if (share === undefined) return scale;
  if (share > 1) return scale * SMALLER;
  return share < GROWS_BELOW ? Math.min(1, scale / SMALLER) : scale;
}
