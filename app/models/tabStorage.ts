const PREFIX = 'livelens.';

/** What the page keeps for this tab alone: gone when it is closed. */
type Kept = 'adminToken' | 'import' | 'importName';

export function readTab(name: Kept): string | undefined {
  try {
    return sessionStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeTab(name: Kept, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage may be blocked; then it lasts as long as the page.
  }
}
