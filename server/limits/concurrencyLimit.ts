/** Limits the pieces of work that run at the same time, in all and for each address. What exceeds a limit is refused; it does not wait. */
export interface ConcurrencyLimit {
  /** Number that run now. */
  readonly inFlight: number;
  /** @returns releases the slot, idempotent; undefined where none is free */
  acquire(address: string): (() => void) | undefined;
}

export function createConcurrencyLimit({
  max,
  maxPerAddress,
}: {
  max: number;
  maxPerAddress: number;
}): ConcurrencyLimit {
  const byAddress = new Map<string, number>();
  let inFlight = 0;
  return {
    get inFlight() {
      return inFlight;
    },
    acquire(address) {
      const ofAddress = byAddress.get(address) ?? 0;
      if (inFlight >= max || ofAddress >= maxPerAddress) return undefined;
      inFlight += 1;
      byAddress.set(address, ofAddress + 1);
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        inFlight -= 1;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      };
    },
  };
}
