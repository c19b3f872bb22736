/** One answered frame, for the clocks. */
export interface ClockSample {
  /** When the frame left the page and when its answer came, ms of the page's clock. */
  sentAtMs: number;
  arrivedAtMs: number;
  /** When the frame came to the server, ms of the server's clock, and how long it stayed there. */
  receivedAtMs: number;
  serverMs: number;
}

/** How the time between page and server was spent: the two are exact together, and split as well as the clocks are known. */
export interface LinkTimes {
  uplinkMs: number;
  downlinkMs: number;
}

/** Quartz drifts by some 50 ms in a quarter of an hour: what is older than this says too little. */
const WINDOW_MS = 30_000;
/** Of each such span only the quickest sample is kept, which bounds the memory. */
const BUCKET_MS = 1000;

interface Kept {
  atMs: number;
  roundTripMs: number;
  offsetMs: number;
}

/**
 * By how much the server's clock is ahead of the page's, from the four times of each answered frame as NTP does it
 * (RFC 5905, section 8), taken from the quickest round trip of the last half minute: what waited least on its way is
 * bent least. The error is at most half the difference of the two ways' delays, and so at most half that round trip.
 */
export class ClockOffset {
  #kept: Kept[] = [];

  add({ sentAtMs, arrivedAtMs, receivedAtMs, serverMs }: ClockSample): void {
    const sample: Kept = {
      atMs: arrivedAtMs,
      roundTripMs: Math.max(0, arrivedAtMs - sentAtMs - serverMs),
      offsetMs: receivedAtMs + serverMs / 2 - (sentAtMs + arrivedAtMs) / 2,
    };
    const last = this.#kept.at(-1);
    if (last === undefined || Math.floor(last.atMs / BUCKET_MS) !== Math.floor(arrivedAtMs / BUCKET_MS)) {
      this.#kept.push(sample);
    } else if (sample.roundTripMs <= last.roundTripMs) {
      this.#kept[this.#kept.length - 1] = sample;
    }
    this.#kept = this.#kept.filter(({ atMs }) => atMs > arrivedAtMs - WINDOW_MS);
  }

  /** Server's clock minus the page's, ms; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#best()?.offsetMs;
  }

  /** The true offset lies within so many ms of `offsetMs`, whatever the link does. */
  get errorMs(): number | undefined {
    const best = this.#best();
    return best && best.roundTripMs / 2;
  }

  /** Both ways of one frame; neither is negative, and together they are its round trip. */
  split({ sentAtMs, arrivedAtMs, receivedAtMs, serverMs }: ClockSample): LinkTimes {
    const roundTripMs = Math.max(0, arrivedAtMs - sentAtMs - serverMs);
    const offsetMs = this.offsetMs;
    if (offsetMs === undefined) return { uplinkMs: roundTripMs / 2, downlinkMs: roundTripMs / 2 };
    const uplinkMs = Math.min(roundTripMs, Math.max(0, receivedAtMs - offsetMs - sentAtMs));
    return { uplinkMs, downlinkMs: roundTripMs - uplinkMs };
  }

  /** Another server has another clock, and so has a machine that slept. */
  reset(): void {
    this.#kept = [];
  }

  #best(): Kept | undefined {
    let best = this.#kept[0];
    for (const sample of this.#kept) {
      if (best === undefined || sample.roundTripMs <= best.roundTripMs) best = sample;
    }
    return best;
  }
}
