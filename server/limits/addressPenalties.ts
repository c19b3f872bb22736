/** Addresses that have to wait before they may come again. Bounded; times are passed in. */
export interface AddressPenalties {
  /** Lets an address wait, each time longer. */
  penalise(address: string, nowMs: number): void;
  /** How long the address has still to wait, ms; 0 where it need not. */
  waitMs(address: string, nowMs: number): number;
}

export interface AddressPenaltiesOptions {
  /** The first wait, ms; each further one is twice as long. */
  firstMs: number;
  maxMs: number;
  /** Time without a fault after which an address starts again, ms. */
  forgiveAfterMs: number;
  /** Addresses that are remembered; the one that was punished longest ago makes room. */
  maxAddresses: number;
}

export function createAddressPenalties(options: AddressPenaltiesOptions): AddressPenalties {
  const { firstMs, maxMs, forgiveAfterMs, maxAddresses } = options;
  // A Map keeps insertion order, and each penalty inserts again: the first key is the oldest.
  const penalties = new Map<string, { atMs: number; waitMs: number }>();

  function find(address: string, nowMs: number) {
    const found = penalties.get(address);
    if (found === undefined || nowMs - found.atMs < found.waitMs + forgiveAfterMs) return found;
    penalties.delete(address);
    return undefined;
  }

  return {
    penalise(address, nowMs) {
      const before = find(address, nowMs);
      const waitMs = before === undefined ? firstMs : Math.min(maxMs, 2 * before.waitMs);
      penalties.delete(address);
      penalties.set(address, { atMs: nowMs, waitMs });
      const [oldest] = penalties.keys();
      if (penalties.size > maxAddresses && oldest !== undefined) penalties.delete(oldest);
    },
    waitMs(address, nowMs) {
      const found = find(address, nowMs);
      return found === undefined ? 0 : Math.max(0, found.atMs + found.waitMs - nowMs);
    },
  };
}
