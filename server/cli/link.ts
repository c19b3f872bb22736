import type { CommandContext } from './context.ts';

/** What `npm run models -- link --json` prints. */
export interface PrintedLink {
  url: string;
  /** ISO 8601 */
  expiresAt: string;
}

/** `npm run models -- link`: a link that gives one browser the right to change models. */
export async function link({ remote, servers, terminal }: CommandContext): Promise<PrintedLink> {
  const server = remote ?? (await servers.running());
  const { fragment, expiresAt } = await server.createLink();
  terminal.say('Open this link in the browser that should change models. It works once, within one hour:');
  return { url: `${server.pageUrl}/#${fragment}`, expiresAt };
}
