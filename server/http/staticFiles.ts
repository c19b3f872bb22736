import { serveStatic } from '@hono/node-server/serve-static';
import type { Context, Handler } from 'hono';

export interface StaticFilesOptions {
  root: string;
  /** Serves the compressed copies next to the files (`.br`, `.gz`) where the client takes them. */
  precompressed?: boolean;
  /** From the path of the request to that of the file, below `root`. */
  rewriteRequestPath?: (asked: string) => string;
  /** @param file the full path of what is served, not of its compressed copy */
  headersOf(file: string, asked: string): Readonly<Record<string, string>>;
}

/**
 * Serves a folder. The headers are set on the finished answer: `c.header()` in `onFound` comes after the answer was made,
 * and reaches it only where the adapter's own class of answers is in use (@hono/node-server 2.1.8).
 */
export function serveFiles({ headersOf, ...options }: StaticFilesOptions): Handler {
  const found = new WeakMap<Context, string>();
  const serve = serveStatic({
    ...options,
    onFound: (file, c) => void found.set(c, file.replace(/\.(br|gz)$/, '')),
  });
  return async (c, next) => {
    const answer = await serve(c, next);
    const file = found.get(c);
    if (!answer || file === undefined) return answer;
    for (const [name, value] of Object.entries(headersOf(file, c.req.path))) {
      answer.headers.set(name, value);
    }
    return answer;
  };
}
