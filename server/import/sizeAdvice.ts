/** What to do where a model leaves the size of its pictures open. */
export const SIZE_ADVICE =
  'Give the size that the model was made for: --size WIDTHxHEIGHT, or Width and Height on the page.';
