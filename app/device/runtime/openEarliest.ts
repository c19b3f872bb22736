import { messageOf } from '../../../protocol/errors.ts';
import { DeviceError } from './deviceSession.ts';
import type { OpenedWorker } from './openedWorker.ts';
import { type Racer, racerName } from './race.ts';

/** @param onLate called once, when it may be stuck; it goes on */
export type OpenFirst = (choice: Racer, signal: AbortSignal, onLate?: () => void) => Promise<OpenedWorker>;

interface Options {
  readonly first: Racer;
  /** Who is opened next to it where it is late. */
  readonly next: Racer;
  readonly open: OpenFirst;
  /** Asked when it is late: whether both may be open at once. */
  mayOpenBoth(): boolean;
  readonly signal: AbortSignal;
}

export interface OpenedEarliest {
  readonly worker: OpenedWorker;
  /** What went wrong before it, for a reader. */
  readonly problem?: string;
  /** Whether it serves because the first one was late. */
  readonly isNext?: true;
}

/**
 * Opens the first one. Where it is late, the next one is opened next to it, and who passes its goldens first serves: a worker that is
 * stuck looks like a slow one, which is not given up for that. The other one is closed.
 * @returns where no one passes, the first one
 * @throws what opening the first one throws; the signal's reason
 */
export async function openEarliest({
  first,
  next,
  open,
  mayOpenBoth,
  signal,
}: Options): Promise<OpenedEarliest> {
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  let beLate = () => {};
  const late = new Promise<'late'>((resolve) => {
    beLate = () => resolve('late');
  });
  const opening = open(first, ending.signal, () => {
    if (mayOpenBoth()) beLate();
  });
  const openings = [opening];
  let why = 'late';
  let serving: OpenedWorker | undefined;
  try {
    if ((await Promise.race([opening, late])) === 'late') openings.push(open(next, ending.signal));
    const passing = openings.map(async (one, place) => ({ worker: await passed(one), place }));
    passing[0]?.catch((error) => {
      why = messageOf(error);
    });
    // Where no one passes, the first one tells why.
    const { worker, place } = await Promise.any(passing).catch(async () => ({
      worker: await opening,
      place: 0,
    }));
    serving = worker;
    return place === 0 ? { worker } : { worker, problem: `${racerName(first)}: ${why}`, isNext: true };
  } finally {
    signal.removeEventListener('abort', end);
    ending.abort();
    for (const one of openings) {
      one.then(
        (worker) => worker !== serving && worker.close(),
        () => {},
      );
    }
  }
}

async function passed(opening: Promise<OpenedWorker>): Promise<OpenedWorker> {
  const worker = await opening;
  if (!worker.certificate.passes) throw new DeviceError('failed', 'goldens differ');
  return worker;
}
