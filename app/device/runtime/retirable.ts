import { DeviceError, type DeviceSession, type RunOptions, type RunResult } from './deviceSession.ts';

/** A session that another one takes over from. */
export interface RetirableSession extends DeviceSession {
  /** Closes it as soon as the picture that it looks at is answered. */
  retire(): void;
}

/** @param onDead called when a run found that the worker is gone */
export function retirable(session: DeviceSession, onDead: (why: DeviceError) => void): RetirableSession {
  let underway = 0;
  let isRetired = false;
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
      underway += 1;
      try {
        return await session.run(picture, options);
      } catch (error) {
        if (error instanceof DeviceError) onDead(error);
        throw error;
      } finally {
        underway -= 1;
        if (isRetired && underway === 0) session.close();
      }
    },
    retire() {
      isRetired = true;
      if (underway === 0) session.close();
    },
    onRenewed: (listener) => session.onRenewed(listener),
    onLost: (listener) => session.onLost(listener),
    close: () => session.close(),
  };
}
