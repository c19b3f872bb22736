import { createServer, type IncomingMessage, type Server } from 'node:http';
import { ERRORS } from '../../protocol/errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface HealthServerOptions {
  /** Whether it takes frames now, and with which models, as `id@version`. */
  readiness(): { ready: boolean; models: readonly string[] };
  /** Absent: there are none yet. */
  metrics?: Pick<Metrics, 'render'>;
  /** What further paths are answered with that ask whether it runs: JSON, or a plain text. Undefined for every other one */
  aliveAlso?(request: IncomingMessage): object | string | undefined;
  /** What every other path is answered with. */
  elsewhere: { code: 'not_found' | 'not_ready'; message: string };
}

/** No request for health has a body, or takes long. */
const TIMEOUT_MS = 5_000;

/**
 * HTTP of a process without pages, or that has none yet: `/livez` (also `/healthz`) says that it runs, `/readyz` whether it takes frames,
 * `/metrics` is for Prometheus.
 */
export function createHealthServer(options: HealthServerOptions): Server {
  const { readiness, metrics, aliveAlso, elsewhere } = options;

  async function answer(request: IncomingMessage): Promise<{ status: number; type: string; text: string }> {
    const alive = aliveAlso?.(request);
    if (typeof alive === 'string') return { status: 200, type: 'text/plain; charset=UTF-8', text: alive };
    if (alive !== undefined) return json(200, alive);
    switch (request.url?.split('?')[0]) {
      case '/livez':
      case '/healthz':
        return json(200, { status: 'alive' });
      case '/readyz': {
        const { ready, models } = readiness();
        return json(ready ? 200 : 503, { ready, models });
      }
      case '/metrics': {
        if (metrics === undefined) break;
        const { contentType, text } = await metrics.render();
        return { status: 200, type: contentType, text };
      }
    }
    return json(ERRORS[elsewhere.code].http, { error: elsewhere });
  }

  return createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }, (request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answered = isRead
      ? answer(request)
      : Promise.resolve(
          json(405, { error: { code: 'method_not_allowed', message: 'GET or HEAD expected.' } }),
        );
    answered.then(
      ({ status, type, text }) => {
        const headers = {
          'Content-Type': type,
          'Cache-Control': 'no-store',
          ...(!isRead && { Allow: 'GET, HEAD' }),
        };
        response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : text);
      },
      () => void response.writeHead(500).end(),
    );
  });
}

const json = (status: number, content: object) => ({
  status,
  type: 'application/json',
  text: JSON.stringify(content),
});
