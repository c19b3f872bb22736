import { test as base, expect, type TestInfo } from 'playwright/test';
import { type Browsers, openBrowsers } from './browsers.ts';
import { type Contexts, openContexts } from './contexts.ts';
import { CONTEXT, type Lens, type LensOptions, openLens } from './lens.ts';
import { type Server, type ServerOptions, startServer } from './server.ts';

interface TestFixtures {
  /** Opens the page; on `server` unless another url is given. A console error or a CSP violation fails the test. */
  open: (options?: Partial<LensOptions>) => Promise<Lens>;
  /**
   * Starts a server for this test alone, with one worker unless it is supervised or `env` says otherwise: loading a model
   * once per core is most of a start. `server` has as many as the machine gives it.
   */
  serve: (options?: ServerOptions) => Promise<Server>;
}

interface WorkerFixtures {
  browsers: Browsers;
  contexts: Contexts;
  /** A server with the default configuration, shared by the tests that leave it as it was. */
  server: Server;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  browsers: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
    async ({}, use) => {
      const browsers = openBrowsers();
      await use(browsers);
      await browsers.close();
    },
    { scope: 'worker' },
  ],
  contexts: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => use(openContexts(CONTEXT)),
    { scope: 'worker' },
  ],
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  serve: async ({}, use, testInfo) => {
    const servers: Server[] = [];
    await use(async (options = {}) => {
      const env = options.supervised ? options.env : { WORKERS: '1', ...options.env };
      const server = await startServer({ ...options, ...(env && { env }) });
      servers.push(server);
      return server;
    });
    if (isFailed(testInfo)) for (const server of servers) console.log(server.log());
    await Promise.all(servers.map((server) => server.close()));
  },
  // After `serve`, so that pages are closed before their servers.
  open: async ({ browsers, contexts, server, serve: _ }, use, testInfo) => {
    const lenses: Lens[] = [];
    await use(async (options = {}) => {
      const lens = await openLens(browsers, { url: server.url, ...options }, contexts);
      lenses.push(lens);
      return lens;
    });
    // A failure on another machine leaves nothing but what it printed.
    if (isFailed(testInfo)) for (const lens of lenses) console.log(await lens.describe());
    expect.soft(server.lastWords, 'the server that all tests share has died').toBeUndefined();
    for (const lens of lenses) {
      expect.soft(await lens.problems(), 'errors in the console and violations of the policy').toEqual([]);
      await (isFailed(testInfo) ? lens.context.close() : contexts.giveBack(lens.context));
    }
  },
});

const isFailed = ({ status, expectedStatus }: TestInfo) => status !== expectedStatus;

export { expect };
