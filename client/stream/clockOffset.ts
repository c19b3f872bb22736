/** One answered frame, for the clocks. */
export interface ClockSample {
  /** When the frame was sent and when its answer came, ms of the client's clock. */
  sentAtMs: number;
  arrivedAtMs: number;
  /** When the frame arrived at the server, ms of the server's clock, and how long it stayed there. */
  receivedAtMs: number;
  serverMs: number;
}

/** Time on the way, up and down. Their sum is exact; the split is as good as the estimate of the clocks. */
export interface LinkTimes {
  uplinkMs: number;
  downlinkMs: number;
}

/** Quartz clocks drift by some 50 ms in a quarter of an hour: older samples say too little. */
const WINDOW_MS = 30_000;
/** Only the quickest sample of each span is kept, which bounds the memory. */
const BUCKET_MS = 1000;

interface Kept {
  atMs: number;
  roundTripMs: number;
  offsetMs: number;
}

/**
 * Estimates by how much the server's clock is ahead of the client's, from the four times of each answered frame as NTP
 * does it (RFC 5905, section 8). It uses the quickest round trip of the last half minute, which waited least on its way.
 * The error is at most half the difference of the two ways' delays, and so at most half of that round trip.
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

  /** Server's clock minus the client's, ms; undefined before the first answer. */
  get offsetMs(): number | undefined {
    return this.#best()?.offsetMs;
  }

  /** Maximum error of `offsetMs`, ms, whatever the link does. */
  get errorMs(): number | undefined {
    const best = this.#best();
    return best && best.roundTripMs / 2;
  }

  /** The two ways of one frame; neither is negative, and their sum is its round trip. */
  split({ sentAtMs, arrivedAtMs, receivedAtMs, serverMs }: ClockSample): LinkTimes {
    const roundTripMs = Math.max(0, arrivedAtMs - sentAtMs - serverMs);
    const offsetMs = this.offsetMs;
    if (offsetMs === undefined) return { uplinkMs: roundTripMs / 2, downlinkMs: roundTripMs / 2 };
    const uplinkMs = Math.min(roundTripMs, Math.max(0, receivedAtMs - offsetMs - sentAtMs));
    return { uplinkMs, downlinkMs: roundTripMs - uplinkMs };
  }

  /** Forgets the samples: another server has another clock, and so has a machine that slept. */
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
