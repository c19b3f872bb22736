import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ProxyOptions } from '../access/clientAddress.ts';
import { isAllowedOrigin } from '../access/origin.ts';
import type { NoteRefusedOrigin } from '../access/refusedOrigins.ts';
import { etagForPages } from './etagForPages.ts';

/** The script that brings `<live-lens>` to pages of others; a file of the pages. */
export const LIVE_LENS_PATH = '/live-lens.js';

type Env = { Bindings: HttpBindings };

/**
 * What goes before the file: pages of the origins that may use this server may load it, others may not. Its name has no hash, as it stands
 * in pages of others: browsers ask each time whether it is still the same.
 */
export function createLiveLensScript(
  options: ProxyOptions & { allowedOrigins: readonly string[]; noteRefusedOrigin: NoteRefusedOrigin },
): Hono<Env> {
  const app = new Hono<Env>();
  app.use(
    LIVE_LENS_PATH,
    cors({
      origin: (origin, c: Context<Env>) => {
        if (isAllowedOrigin(c.env.incoming, options)) return origin;
        options.noteRefusedOrigin(origin);
        return null;
      },
    }),
    etagForPages(),
  );
  return app;
}
