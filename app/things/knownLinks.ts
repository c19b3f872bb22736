import { localEntries } from '../browser/storage.ts';

const KEY = 'thingsLinks';

/** Ids of collections that only their link opens, as far as this browser was given them. */
export const knownLinks = (): string[] => (localEntries.read(KEY) ?? '').split(' ').filter(Boolean);

export function rememberLink(id: string): void {
  if (!knownLinks().includes(id)) localEntries.write(KEY, [...knownLinks(), id].join(' '));
}

export const forgetLink = (id: string): void =>
  localEntries.write(
    KEY,
    knownLinks()
      .filter((other) => other !== id)
      .join(' ') || undefined,
  );
