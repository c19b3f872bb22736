import { quantile } from '../../protocol/quantile.ts';

const WINDOW_MS = 5000;

/** What goes over the link, and how long it takes. */
export interface LinkReading {
  upBytesPerS: number;
  /** Bytes sent for each frame that was labelled; undefined if none was in the last seconds. */
  bytesPerLabel: number | undefined;
  /** Median round trip, without the time at the server. */
  roundTripMs: number | undefined;
  framesInFlight: number;
  /** JPEG quality that suits the link, 0..1. */
  quality: number;
  /** Maximum age of labels on the screen, ms; see `FrameLabels`. */
  maxLabelAgeMs: number;
}

/** Measures the last five seconds of a link. Times in ms of the client's clock. */
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

  read(nowMs: number): Omit<LinkReading, 'framesInFlight' | 'quality' | 'maxLabelAgeMs'> {
    this.#forget(nowMs);
    const bytes = this.#sent.reduce((sum, frame) => sum + frame.bytes, 0);
    const roundTrips = this.#answered.map((answer) => answer.roundTripMs);
    const spanMs = Math.min(WINDOW_MS, Math.max(500, nowMs - this.#startedMs));
    return {
      upBytesPerS: (bytes * 1000) / spanMs,
      bytesPerLabel: roundTrips.length === 0 ? undefined : bytes / roundTrips.length,
      roundTripMs: quantile(roundTrips, 0.5),
    };
  }

  #forget(nowMs: number): void {
    const isRecent = (entry: { nowMs: number }) => entry.nowMs > nowMs - WINDOW_MS;
    this.#sent = this.#sent.filter(isRecent);
    this.#answered = this.#answered.filter(isRecent);
  }
}
