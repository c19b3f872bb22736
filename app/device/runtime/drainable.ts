import { DeviceError, type DeviceSession, type RunOptions, type RunResult } from './deviceSession.ts';

/** A session that another one takes over from. */
export interface DrainableSession extends DeviceSession {
  /** Closes it as soon as its pending runs are done. */
  drain(): void;
}

/** @param onDead called when a run found that the worker is gone */
export function drainable(session: DeviceSession, onDead: (why: DeviceError) => void): DrainableSession {
  let pending = 0;
  let isDraining = false;
  return {
    model: session.model,
    info: session.info,
    get provider() {
      return session.provider;
    },
    get certificate() {
      return session.certificate;
    },
    get busy() {
      return session.busy;
    },
    async run(picture, options: RunOptions): Promise<RunResult> {
      pending += 1;
      try {
        return await session.run(picture, options);
      } catch (error) {
        if (error instanceof DeviceError) onDead(error);
        throw error;
      } finally {
        pending -= 1;
        if (isDraining && pending === 0) session.close();
      }
    },
    drain() {
      isDraining = true;
      if (pending === 0) session.close();
    },
    onRenewed: (listener) => session.onRenewed(listener),
    onLost: (listener) => session.onLost(listener),
    close: () => session.close(),
  };
}
