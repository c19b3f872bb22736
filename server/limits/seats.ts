/** How much may be under way at once, in all and for each address. */
export interface Seats {
  readonly taken: number;
  /** @returns gives the seat back, idempotent; undefined where none is free */
  take(address: string): (() => void) | undefined;
}

export function createSeats({ most, mostPerAddress }: { most: number; mostPerAddress: number }): Seats {
  const byAddress = new Map<string, number>();
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    take(address) {
      const mine = byAddress.get(address) ?? 0;
      if (taken >= most || mine >= mostPerAddress) return undefined;
      taken += 1;
      byAddress.set(address, mine + 1);
      let isGivenBack = false;
      return () => {
        if (isGivenBack) return;
        isGivenBack = true;
        taken -= 1;
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      };
    },
  };
}
