import { removeBasePath } from './config/basePath.ts';
import type { Config } from './config/config.ts';
import { livenessAnswer } from './http/contracts/liveness.ts';
import { createHealthServer } from './http/healthServer.ts';
import { listen } from './listen.ts';

/** Answers on the port of a gateway that cannot start yet. */
export interface WaitingServer {
  /** Rejects where it cannot listen. */
  readonly failed: Promise<never>;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/** A gateway that waits for NATS runs, and is not ready: whoever watches it would else start it again and again. */
export function openWaitingServer(
  config: Pick<Config, 'host' | 'port' | 'basePath' | 'contracts'>,
): WaitingServer {
  const http = createHealthServer({
    readiness: () => ({ ready: false, models: [] }),
    aliveAlso: (request) => livenessAnswer(request, config.contracts),
    elsewhere: {
      code: 'not_ready',
      message: 'This gateway waits for NATS, which is not there yet. Its log says where it looks for it.',
    },
  });
  http.prependListener('request', (request) => void removeBasePath(request, config.basePath));
  const listening = listen(http, config);
  const failed = listening.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});
  return {
    failed,
    async close() {
      await listening.catch(() => {});
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
    },
  };
}
