import * as v from 'valibot';
import { localEntries, type SafeStorage } from '../../browser/storage.ts';

/** One thing that was found out here, kept from visit to visit. */
export interface Remembered<T> {
  read(): T | undefined;
  write(value: T): void;
}

/**
 * What was found out in this very browser, as long as it holds.
 * @param name of the entry; a newer value takes its place
 * @param key what it was found for, such as versions and browser: for another key there is none
 * @param entries where it is stored; default: local storage
 */
export function rememberedFor<T>(
  { name, key, entries = localEntries }: { name: string; key: string; entries?: SafeStorage | undefined },
  schema: v.GenericSchema<unknown, T>,
): Remembered<T> {
  const Kept = v.object({ key: v.literal(key), value: schema });
  return {
    read() {
      try {
        return v.parse(Kept, JSON.parse(entries.read(name) ?? '')).value;
      } catch {
        return undefined;
      }
    },
    write(value) {
      entries.write(name, JSON.stringify({ key, value }));
    },
  };
}
