import axe from 'axe-core';
import type { Page } from 'playwright';

declare global {
  interface Window {
    axe?: typeof axe;
  }
}

/** All but the labels on the picture, which fade as things come and go, and are announced to screen readers elsewhere. */
const EVERYTHING: Where = { include: ['html'], exclude: ['[data-testid="overlay"]'] };

/** Selectors. */
interface Where {
  readonly include: string[];
  readonly exclude: string[];
}

/** Rules whose answer depends on where things lie and how large they are; the others read names, roles and states. */
const LAYOUT_RULES = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size'];

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What axe finds wrong in the page as it is, by the rules of WCAG 2.2 AA; empty: nothing.
 * @param rules `layout`: only those whose answer depends on where things lie
 */
export async function axeViolations(page: Page, rules: 'all' | 'layout' = 'all'): Promise<string[]> {
  const { violations } = await run(page, EVERYTHING, {
    runOnly: rules === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: LAYOUT_RULES },
    // Off by default, as it is new.
    rules: { 'target-size': { enabled: true } },
    resultTypes: ['violations'],
  });
  return inWords(violations);
}

/** Words below `root` that contrast too little with what is behind them, or whose contrast is unknown; empty: none. */
export async function contrastFaults(page: Page, root: string): Promise<string[]> {
  const { violations, incomplete } = await run(
    page,
    { include: [root], exclude: [] },
    {
      runOnly: { type: 'rule', values: ['color-contrast'] },
    },
  );
  return inWords([...violations, ...incomplete]);
}

async function run(page: Page, where: Where, options: axe.RunOptions): Promise<axe.AxeResults> {
  // Through the debugger, which the content security policy does not bind; a script element would be stopped.
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(axe.source);
  return page.evaluate(
    (given) => (window.axe as typeof axe).run(given.where, given.options),
    // As the types of axe go round in circles.
    { where, options: { ...options } as object },
  );
}

const inWords = (results: readonly axe.Result[]): string[] =>
  results.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = '' }) =>
        `axe ${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ').slice(0, 300)}`,
    ),
  );
