const WINDOW_MS = 5000;

/** What goes over the link and how long it takes. */
export interface LinkReading {
  upBytesPerS: number;
  /** Bytes sent for each result that came; undefined if none came lately. */
  bytesPerLabel: number | undefined;
  /** Median time on the way, there and back, without the stay at the server. */
  roundTripMs: number | undefined;
  framesInFlight: number;
  /** JPEG quality of the frames, 0..1. */
  quality: number;
  /** The age above which labels are shown no more, ms. */
  boundMs: number;
}

/** Counts the last five seconds of a link. Times in ms of the page's clock. */
export class LinkMeter {
  #sent: { nowMs: number; bytes: number }[] = [];
  #answered: { nowMs: number; roundTripMs: number }[] = [];
  #startedMs = 0;

  reset(nowMs: number): void {
    this.#sent = [];
    this.#answered = [];
    this.#startedMs = nowMs;
  }

  sent(nowMs: number, bytes: number): void {
    this.#sent.push({ nowMs, bytes });
    this.#forget(nowMs);
  }

  labelled(nowMs: number, roundTripMs: number): void {
    this.#answered.push({ nowMs, roundTripMs });
  }

  read(nowMs: number): Omit<LinkReading, 'framesInFlight' | 'quality' | 'boundMs'> {
    this.#forget(nowMs);
    const bytes = this.#sent.reduce((sum, frame) => sum + frame.bytes, 0);
    const roundTrips = this.#answered.map((answer) => answer.roundTripMs).sort((a, b) => a - b);
    const spanMs = Math.min(WINDOW_MS, Math.max(500, nowMs - this.#startedMs));
    return {
      upBytesPerS: (bytes * 1000) / spanMs,
      bytesPerLabel: roundTrips.length === 0 ? undefined : bytes / roundTrips.length,
      roundTripMs: roundTrips[Math.floor(roundTrips.length / 2)],
    };
  }

  #forget(nowMs: number): void {
    const isRecent = (entry: { nowMs: number }) => entry.nowMs > nowMs - WINDOW_MS;
    this.#sent = this.#sent.filter(isRecent);
    this.#answered = this.#answered.filter(isRecent);
  }
}
