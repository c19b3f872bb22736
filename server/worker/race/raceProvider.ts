import { messageOf } from '../../../protocol/errors.ts';
import { forkChild } from '../../config/forkChild.ts';
import { createSemaphore } from '../../limits/semaphore.ts';
import type { FromRace, RaceJob, RaceStep, RaceTimes } from './messages.ts';

/** What came of a trial. */
export type RaceResult =
  | { readonly kind: 'raced'; readonly times: RaceTimes }
  | { readonly kind: 'refused'; readonly why: string };

const ENTRY = { source: new URL('./main.ts', import.meta.url), built: 'race.js' };

/** A driver that compiles a network for the first time may take a minute. */
const TRIAL_MS = 120_000;
const MAX_WHY = 300;

/** Two at once would measure each other. */
const races = createSemaphore(1);

/**
 * Tries an accelerator or an int8 version in a process of its own, which is ended in any case. One at a time.
 * @param options.timeoutMs time that all of it may take. Default 120,000
 * @returns never rejects: what hangs, crashes or disagrees is refused
 * @throws the signal's reason when it aborts
 */
export function raceProvider(job: RaceJob, options: RaceOptions = {}): Promise<RaceResult> {
  return races.run(() => run(job, options));
}

interface RaceOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

function run(job: RaceJob, { signal, timeoutMs = TRIAL_MS }: RaceOptions): Promise<RaceResult> {
  return new Promise((resolve, reject) => {
    let at: RaceStep = 'starting';
    /** What stands should the process not survive batches. */
    let alone: RaceTimes | undefined;
    let child: ReturnType<typeof forkChild>;
    try {
      // What drivers and the runtime write to it is of no use: the answer says why.
      child = forkChild(ENTRY, { stderr: 'ignore' });
    } catch (error) {
      resolve({ kind: 'refused', why: messageOf(error) });
      return;
    }
    const abort = () => end(() => reject(signal?.reason));
    const refuse = (why: string) =>
      end(() =>
        resolve(
          alone
            ? { kind: 'raced', times: { ...alone, batches: { sizes: [], why: shorten(why) } } }
            : { kind: 'refused', why: shorten(why) },
        ),
      );
    const timer = setTimeout(() => refuse(`Not done after ${timeoutMs / 1_000} s (${at}).`), timeoutMs);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      child.removeAllListeners();
      // One that could not be started tells so once more.
      child.on('error', () => {});
      child.kill('SIGKILL');
      settle();
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => refuse(error.message));
    child.once('exit', (code, by) =>
      refuse(`Its process ended with ${by === null ? `exit code ${code}` : `signal ${by}`} (${at}).`),
    );
    child.on('message', (message: FromRace) => {
      switch (message.type) {
        case 'step':
          at = message.step;
          break;
        case 'racedAlone':
          alone = message.times;
          break;
        case 'raced':
          end(() => resolve({ kind: 'raced', times: message.times }));
          break;
        case 'refused':
          refuse(at === 'opening' ? `It cannot be used here: ${message.why}` : message.why);
          break;
      }
    });
    if (signal?.aborted) abort();
    else child.send(job, () => {});
  });
}

/** One line, without paths of whoever built the runtime. */
function shorten(why: string): string {
  const line = why
    .replace(/\s+/g, ' ')
    .replace(/\/onnxruntime_src\/\S+ .*was false\. /, '')
    .trim();
  return line.length > MAX_WHY ? `${line.slice(0, MAX_WHY - 1)}…` : line;
}
