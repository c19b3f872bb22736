/** The cores that a frame gets, and when it has to wait for them. */
export interface CoreBudget {
  /**
   * Takes cores for a frame: all that a run can use where nothing else runs or waits, so that a lone session has the
   * shortest age; else `narrow`, because several runs side by side get more done than one after the other.
   * Call only when `hasFree`.
   * @param isWide whether it would gain by all; it gets them where nothing else runs
   * @returns what was taken, to be given back
   */
  take(isWide: boolean): number;
  giveBack(cores: number): void;
  readonly hasFree: boolean;
  /** Nothing runs. */
  readonly areAllFree: boolean;
}

/**
 * @param total cores that all runs together may use
 * @param narrow cores of a run next to others
 * @param wide cores of a run alone; no more than `total`
 */
export function createCoreBudget({
  total,
  narrow,
  wide,
}: {
  total: number;
  narrow: number;
  wide: number;
}): CoreBudget {
  let free = total;
  return {
    take(isWide) {
      const taken = isWide && free === total ? wide : narrow;
      free -= taken;
      return taken;
    },
    giveBack(cores) {
      free += cores;
    },
    get hasFree() {
      return free >= narrow;
    },
    get areAllFree() {
      return free === total;
    },
  };
}
