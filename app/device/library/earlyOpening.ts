import { abortable } from '../../../protocol/abortable.ts';
import type { DeviceSession } from '../runtime/deviceSession.ts';

/** A session that is being opened while the model's files are on their way. */
export interface EarlyOpening {
  readonly session: Promise<DeviceSession>;
  filesAreHere(): void;
  /** Gives it up. */
  end(): void;
}

/**
 * Begins to open a session, so that the runtime comes next to the model's files.
 * @param open waits for `areHere` before it reads a file
 */
export function openEarly(
  open: (areHere: () => Promise<void>, signal: AbortSignal) => Promise<DeviceSession>,
  signal: AbortSignal,
): EarlyOpening {
  const ending = new AbortController();
  const abort = () => ending.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  let filesAreHere = () => {};
  const here = new Promise<void>((resolve) => {
    filesAreHere = resolve;
  });
  const session = open(() => abortable(here, ending.signal), ending.signal).finally(() =>
    signal.removeEventListener('abort', abort),
  );
  // Whoever waits for it hears of it; it may end before anyone does.
  session.catch(() => {});
  return {
    session,
    filesAreHere,
    end() {
      ending.abort();
      void session.then(
        (opened) => opened.close(),
        () => {},
      );
    },
  };
}
