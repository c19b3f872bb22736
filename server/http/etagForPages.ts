import { etag, RETAINED_304_HEADERS } from 'hono/etag';

/**
 * Answers 304 to who has the same already. Hono's own list of what such an answer keeps is without what a browser asks for
 * before a page of another origin may read it.
 */
export const etagForPages = () =>
  etag({
    retainedHeaders: [
      ...RETAINED_304_HEADERS,
      'Access-Control-Allow-Origin',
      'Access-Control-Expose-Headers',
    ],
  });
