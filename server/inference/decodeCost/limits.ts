/** What the headers of a picture may promise in work, ms; see DecodeCost.ms. */

/** Of a frame: everything that a canvas of a browser encodes, up to 4.2 megapixels and 512 KiB. */
export const MAX_FRAME_DECODE_MS = 112;
/** Of a picture sent to `/v1/predict`: 60 megapixels as cameras write them, progressive JPEG too. */
export const MAX_PICTURE_DECODE_MS = 2_500;
/** Limit of what the steps of a model do to a picture, in addition: an input of 4,096 x 4,096 pixels of any kernel. */
export const MAX_STEPS_MS = 1_000;
