import { storageName } from './storageName.ts';

const PREFIX = 'livelens.';

/** Entries of local or session storage, under this installation's names. */
export interface SafeStorage {
  /** Undefined if there is none, or if storage is blocked. */
  read(name: string): string | undefined;
  /** Undefined removes the entry. Storage may be blocked or full: then the value lasts as long as the page. */
  write(name: string, value: string | undefined): void;
}

/** Kept for the next visit. */
export const localEntries: SafeStorage = safely(() => localStorage);

/** Kept for this tab alone, until it is closed. */
export const tabEntries: SafeStorage = safely(() => sessionStorage);

/** @param storage throws where it is blocked */
function safely(storage: () => Storage): SafeStorage {
  return {
    read(name) {
      try {
        return storage().getItem(storageName(PREFIX + name)) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(name, value) {
      try {
        if (value === undefined) storage().removeItem(storageName(PREFIX + name));
        else storage().setItem(storageName(PREFIX + name), value);
      } catch {
        // See `write` of the interface.
      }
    },
  };
}
