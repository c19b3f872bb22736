import { tabEntries } from '../browser/storage.ts';

/** The import in progress, as this tab knows it after a reload: by its id at the server, and the name that a person gave. */
export interface RememberedImport {
  readonly id: string;
  readonly name: string;
}

export function rememberedImport(): RememberedImport | undefined {
  const id = tabEntries.read('import');
  return id === undefined ? undefined : { id, name: tabEntries.read('importName') ?? '' };
}

/** Until the tab is closed. @param one undefined: none is in progress */
export function rememberImport(one: RememberedImport | undefined): void {
  tabEntries.write('import', one?.id);
  tabEntries.write('importName', one?.name);
}
