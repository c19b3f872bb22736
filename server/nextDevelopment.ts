import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Contracts } from './config/contracts.ts';
import { isContractPath } from './http/contracts/contracts.ts';
import { SERVICE_WORKER_PATH } from './http/developmentFiles.ts';
import { LIVE_LENS_PATH } from './http/liveLensScript.ts';
import { MCP_PATH } from './http/mcp/mcpRoutes.ts';
import { OPENAPI_PATH } from './http/openapi/openapiPath.ts';
import { RUNTIME_PATH } from './http/pages.ts';

const OUR_PATHS = [
  ...['/v1/', '/healthz', '/readyz', '/metrics', MCP_PATH, OPENAPI_PATH],
  ...[RUNTIME_PATH, SERVICE_WORKER_PATH, LIVE_LENS_PATH],
];

/** Next's own server, with hot reload, on our port: it has the pages, and we the rest. */
export async function startNextDevelopment(contracts: Contracts) {
  const { default: next } = await import('next');
  const app = next({ dev: true, dir: process.cwd() });
  await app.prepare();
  const onRequest = app.getRequestHandler();
  return {
    /** @returns whether Next answers this request */
    takes(request: IncomingMessage, response: ServerResponse): boolean {
      const { url = '/' } = request;
      if (OUR_PATHS.some((prefix) => url.startsWith(prefix))) return false;
      if (isContractPath(url.split('?')[0] ?? '', contracts)) return false;
      void onRequest(request, response);
      return true;
    },
    onUpgrade: app.getUpgradeHandler(),
    close: () => app.close(),
  };
}
