import type { Context, Env, Hono } from 'hono';
import { CodedError } from '../../protocol/errors.ts';

/**
 * Refuses what a path does not take with its other methods, and says which it takes. Call it when all routes of `app` are there,
 * those of mounted ones too.
 */
export function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const methodsOf = new Map<string, Set<string>>();
  for (const { method, path } of app.routes) {
    // `use` and `all` are of every method.
    if (method === 'ALL') continue;
    const methods = methodsOf.get(path) ?? new Set();
    methodsOf.set(path, methods.add(method));
    // The router answers it as GET, without the body.
    if (method === 'GET') methods.add('HEAD');
  }
  for (const [path, methods] of methodsOf) {
    app.all(path, (c, next) => (methods.has(c.req.method) ? next() : refuseMethod(c, [...methods])));
  }
}

/** @param why what else is to say at that path */
export function refuseMethod(c: Context, allowed: readonly string[], why = ''): never {
  // RFC 9110, 15.5.6 asks for it.
  c.header('Allow', allowed.join(', '));
  throw new CodedError(
    'method_not_allowed',
    `${c.req.path} does not take ${c.req.method}, but ${allowed.join(', ')}.${why && ` ${why}`}`,
  );
}
