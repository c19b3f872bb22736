import { storageName } from '../browser/storageName.ts';

const PREFIX = 'livelens.';

/** What the page keeps for this tab alone: gone when it is closed. */
type Kept = 'adminToken' | 'import' | 'importName';

export function readTab(name: Kept): string | undefined {
  try {
    return sessionStorage.getItem(storageName(PREFIX + name)) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeTab(name: Kept, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(storageName(PREFIX + name));
    else sessionStorage.setItem(storageName(PREFIX + name), value);
  } catch {
    // Storage may be blocked; then it lasts as long as the page.
  }
}
