import type { AccessGrant } from '../../protocol/access.ts';
import { watchFragment } from '../browser/fragment.ts';
import { readAdminKey, writeAdminKey } from './adminKey.ts';

/** What came of a link: this browser may change models now, or not, and why. */
export type LinkNotice = { kind: 'granted' } | { kind: 'failed'; error: unknown };

export interface AdminLinksOptions {
  /** Uses the code of a link. It is good once. */
  redeem(code: string): Promise<AccessGrant>;
  /** Whether this browser may change models, as the server says. */
  mayChange(): Promise<boolean>;
  onGrant(): void;
  /** For a person. */
  onNotice(notice: LinkNotice): void;
}

/**
 * Takes the code of a link out of the page's address and uses it: now, and when a link is followed in the open page.
 * @returns ends it
 */
export function watchAdminLinks(options: AdminLinksOptions): () => void {
  const page = new AbortController();

  async function use(code: string): Promise<void> {
    try {
      // No notice each day for a person who opens a link each day.
      const hadRight = readAdminKey() !== undefined && (await options.mayChange().catch(() => false));
      // Stored even if the page has moved on: the code is used up.
      writeAdminKey((await options.redeem(code)).key);
      if (page.signal.aborted) return;
      options.onGrant();
      if (hadRight) return;
      options.onNotice({ kind: 'granted' });
    } catch (error) {
      if (page.signal.aborted) return;
      options.onNotice({ kind: 'failed', error });
    }
  }

  watchFragment('admin', page.signal, (code) => {
    if (code !== '') void use(code);
  });
  return () => page.abort();
}
