import type { Page } from 'playwright';

/**
 * Opens a document of the server's origin in which a test may run scripts of its own. The server says that nothing runs in an
 * answer that is no page; its workers and its pages keep their policies.
 */
export async function openBlankOrigin(page: Page, url: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Page.setBypassCSP', { enabled: true });
  await page.goto(`${url}/healthz`);
}
