import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from 'playwright';

/**
 * Contexts that are emptied and used again: the page opens in half of the processor time where another
 * page of its context stays open, as the browser keeps what it compiled and a process that is ready.
 */
export interface Contexts {
  /** An empty one, for one test. @param options in addition to the usual ones; a window's size is a page's, and none of them */
  take(browser: Browser, options?: BrowserContextOptions): Promise<BrowserContext>;
  /** For the next test. A context that is not of `take`, or that the test closed, is closed. */
  giveBack(context: BrowserContext): Promise<void>;
}

/** What `giveBack` needs of a context that is in use. */
interface Kept {
  readonly kind: Kind;
  /** Stays open, blank. */
  readonly anchor: Page;
  readonly devtools: CDPSession;
  /** Of the pages that were shown. */
  readonly origins: Set<string>;
}

/** Contexts that can stand for each other: of one browser, opened with the same options. */
interface Kind {
  readonly options: BrowserContextOptions;
  readonly free: BrowserContext[];
}

export function openContexts(usual: BrowserContextOptions): Contexts {
  const kinds = new Map<Browser, Map<string, Kind>>();
  const kept = new Map<BrowserContext, Kept>();

  function kindOf(browser: Browser, options: BrowserContextOptions): Kind {
    const ofBrowser = kinds.get(browser) ?? new Map<string, Kind>();
    kinds.set(browser, ofBrowser);
    const key = JSON.stringify(Object.entries(options).sort());
    const kind = ofBrowser.get(key) ?? { options: { ...usual, ...options }, free: [] };
    ofBrowser.set(key, kind);
    return kind;
  }

  async function create(browser: Browser, kind: Kind): Promise<BrowserContext> {
    const context = await browser.newContext(kind.options);
    const anchor = await context.newPage();
    const origins = new Set<string>();
    context.on('page', (page) =>
      page.on('framenavigated', (frame) => {
        if (frame.url().startsWith('http')) origins.add(new URL(frame.url()).origin);
      }),
    );
    kept.set(context, { kind, anchor, devtools: await context.newCDPSession(anchor), origins });
    context.once('close', () => kept.delete(context));
    return context;
  }

  return {
    async take(browser, options = {}) {
      const kind = kindOf(browser, options);
      const context = kind.free.pop();
      if (context === undefined) return create(browser, kind);
      if (kind.options.permissions) await context.grantPermissions(kind.options.permissions);
      return context;
    },
    async giveBack(context) {
      const known = kept.get(context);
      if (known === undefined) return context.close();
      const { kind, anchor, devtools, origins } = known;
      await Promise.all(context.pages().map((page) => page === anchor || page.close()));
      await context.unrouteAll();
      await context.clearPermissions();
      await context.clearCookies();
      for (const origin of origins) {
        await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
      }
      origins.clear();
      await devtools.send('Network.clearBrowserCache');
      kind.free.push(context);
    },
  };
}
