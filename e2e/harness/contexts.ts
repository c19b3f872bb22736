import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright';

/**
 * Contexts of the usual kind that are emptied and used again: the page opens in half of the processor time where another
 * page of its context stays open, as the browser keeps what it compiled and a process that is ready.
 */
export interface Contexts {
  /** An empty one, for one test. */
  take(browser: Browser): Promise<BrowserContext>;
  /** For the next test. A context that is not of `take`, or that the test closed, is closed. */
  giveBack(context: BrowserContext): Promise<void>;
}

/** What `giveBack` needs of a context that is in use. */
interface Kept {
  readonly browser: Browser;
  /** Stays open, blank. */
  readonly anchor: Page;
  readonly devtools: CDPSession;
  /** Of the pages that were shown. */
  readonly origins: Set<string>;
}

export function openContexts(options: BrowserContextOptions): Contexts {
  const free = new Map<Browser, BrowserContext[]>();
  const kept = new Map<BrowserContext, Kept>();

  async function create(browser: Browser): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    const anchor = await context.newPage();
    const origins = new Set<string>();
    context.on('page', (page) =>
      page.on('framenavigated', (frame) => {
        if (frame.url().startsWith('http')) origins.add(new URL(frame.url()).origin);
      }),
    );
    kept.set(context, { browser, anchor, devtools: await context.newCDPSession(anchor), origins });
    context.once('close', () => kept.delete(context));
    return context;
  }

  return {
    take: async (browser) => free.get(browser)?.pop() ?? create(browser),
    async giveBack(context) {
      const known = kept.get(context);
      if (known === undefined) return context.close();
      const { browser, anchor, devtools, origins } = known;
      await Promise.all(context.pages().map((page) => page === anchor || page.close()));
      await context.unrouteAll();
      await context.clearPermissions();
      await context.clearCookies();
      for (const origin of origins) {
        await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
      }
      origins.clear();
      await devtools.send('Network.clearBrowserCache');
      free.set(browser, [...(free.get(browser) ?? []), context]);
    },
  };
}
