/** Runs that a comparison rests on, without the first one of a group: its session has been out of the caches. */
const GROUP = 4;
/** Runs until the other width is tried: few at first, and twice as many after each trial that changed nothing. */
const FIRST_RUNS = 4;
const MOST_RUNS = 256;
/** Runs that take longer by this factor than when the width was chosen: it is tried again at once. */
const SLOWER = 1.5;
/** All cores have to save this much of a run's time, or they are left to others; and more where one core is in use. */
const PAYS = { toStay: 0.9, toBegin: 0.8 };

interface Choice {
  readonly version: string;
  isWide: boolean;
  /** The newest runs at the chosen width, ms. */
  times: number[];
  /** Those of the width that is being tried; undefined: none is. */
  tried: number[] | undefined;
  runs: number;
  untilTrial: number;
  /** The time of a run when the width was chosen, ms. */
  baseMs: number;
}

/**
 * Whether a run that is alone is quicker on all cores, by what runs take here and now. The threads of a wide run wait for each
 * other, busily: where a browser, an import or a neighbour has one of the cores, a run on one core is quicker, and takes a third of the
 * processor time. For each model, as small ones gain less.
 */
export class WidthChoice {
  readonly #byModel = new Map<string, Choice>();

  /** For the next run of a model that is alone. */
  isWide(model: string, version: string): boolean {
    const { isWide, tried } = this.#of(model, version);
    return tried ? !isWide : isWide;
  }

  /** A run that was alone took this time, ms. */
  ran(model: string, version: string, wasWide: boolean, ms: number): void {
    const choice = this.#of(model, version);
    if (wasWide !== choice.isWide) {
      if (!choice.tried) return;
      choice.tried.push(ms);
      if (choice.tried.length > GROUP) decide(choice, choice.tried);
      return;
    }
    choice.runs += 1;
    choice.times = [...choice.times.slice(-GROUP), ms];
    if (choice.times.length <= GROUP) return;
    const isSlower = choice.runs > GROUP && median(choice.times) > SLOWER * choice.baseMs;
    if (choice.runs > choice.untilTrial || isSlower) choice.tried ??= [];
  }

  #of(model: string, version: string): Choice {
    const known = this.#byModel.get(model);
    if (known?.version === version) return known;
    const choice = {
      version,
      isWide: true,
      times: [],
      tried: undefined,
      runs: 0,
      untilTrial: FIRST_RUNS,
      baseMs: Number.POSITIVE_INFINITY,
    };
    this.#byModel.set(model, choice);
    return choice;
  }
}

function decide(choice: Choice, tried: readonly number[]): void {
  const [chosenMs, triedMs] = [median(choice.times), median(tried.slice(1))];
  const ratio = choice.isWide ? chosenMs / triedMs : triedMs / chosenMs;
  const isWide = ratio < (choice.isWide ? PAYS.toStay : PAYS.toBegin);
  const hasChanged = isWide !== choice.isWide;
  choice.isWide = isWide;
  choice.tried = undefined;
  choice.times = [];
  choice.runs = 0;
  choice.untilTrial = hasChanged ? FIRST_RUNS : Math.min(MOST_RUNS, 2 * choice.untilTrial);
  choice.baseMs = hasChanged ? triedMs : chosenMs;
}

/** The lower one of two. */
function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? 0;
}
