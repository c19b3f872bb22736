import { tabEntries } from '../browser/storage.ts';

/** What the page keeps for this tab alone: gone when it is closed. */
type Name = 'adminToken' | 'import' | 'importName';

export const readTab = (name: Name): string | undefined => tabEntries.read(name);
export const writeTab = (name: Name, value: string | undefined): void => tabEntries.write(name, value);
