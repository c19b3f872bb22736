import type { Vault } from './vault.ts';

/**
 * The same vault, whose names are listed once for all who ask while that goes on: browsers open each entry for it, and at the start of
 * the page several ask at once. A listing that something is written during is for those only who asked before.
 */
export function withSharedListing(vault: Vault): Vault {
  let listing: Promise<string[]> | undefined;
  const names = () => {
    if (listing) return listing;
    const own = vault.names().finally(() => {
      if (listing === own) listing = undefined;
    });
    listing = own;
    return own;
  };
  const written = async (write: Promise<void>) => {
    listing = undefined;
    try {
      await write;
    } finally {
      // It may have been listed in the middle of it.
      listing = undefined;
    }
  };
  return {
    isPersistent: vault.isPersistent,
    get: (name) => vault.get(name),
    put: (name, content) => written(vault.put(name, content)),
    delete: (name) => written(vault.delete(name)),
    names,
  };
}
