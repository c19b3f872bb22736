/** The package of a module: `hono` of `node_modules/hono/dist/index.js`; undefined of our own. */
export const packageOf = (input: string): string | undefined =>
  /(?:^|.*\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
