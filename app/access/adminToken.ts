import { tabEntries } from '../browser/storage.ts';

const KEY = 'adminToken';

/** The operator's token, as a person typed it; kept for this tab alone. */
export const readAdminToken = (): string | undefined => tabEntries.read(KEY);
export const keepAdminToken = (token: string): void => tabEntries.write(KEY, token);
