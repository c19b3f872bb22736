import type { BackendMode } from './backend.ts';
import type { Readiness } from './readiness.ts';
import type { RecognizerState } from './recognizer.ts';

/** Labels that came from the server. */
export interface ServerAnswer {
  /** When they arrived, ms of the page's clock. */
  readonly atMs: number;
  /** From the moment that the frame was handed over, so with its encoding. */
  readonly roundTripMs: number;
}

/** What both sides do now and did lately. */
export interface Measured {
  readonly mode: BackendMode;
  readonly server: {
    readonly state: RecognizerState;
    /** How long frames have been waiting for labels, ms; undefined if none waits. */
    readonly oldestWaitMs: number | undefined;
    /** At least those of the last five seconds, oldest first; probes too. */
    readonly answers: readonly ServerAnswer[];
    /** The age, in ms, above which labels are not shown. */
    readonly boundMs: number;
  };
  readonly device: {
    readonly readiness: Readiness;
    /** Median time of an answer, ms; undefined while it was not measured. */
    readonly answerMs: number | undefined;
  };
}
