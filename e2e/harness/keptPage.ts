import type { Lens, LensOptions } from './lens.ts';
import { expect } from './test.ts';

/** A browser that keeps the page, as a person's does. */
export const KEEPING = { context: { serviceWorkers: 'allow' } } satisfies Partial<LensOptions>;

/** The service worker comes after the first labels; then all of the page is kept. */
export async function becomesReady({ main }: Lens): Promise<void> {
  await expect(main).toHaveAttribute('data-offline', 'ready');
}

/** As from the home screen: another document, of the browser that kept the page. */
export async function reopen({ page }: Lens, url: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(url);
}
