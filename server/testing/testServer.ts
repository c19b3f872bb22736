import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Config, type Limits, readConfig } from '../config/config.ts';
import { type LivelensServer, startServer } from '../server.ts';
import type { Log } from '../telemetry/log.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { SILENT_LOG } from './silentLog.ts';

/** A page that stands for the built ones, so that tests of the server need no build. */
const PAGE = '<!doctype html><title>Livelens</title><script>globalThis.inline = true</script>';

export type TestServerOptions = Partial<Omit<Config, 'limits' | 'workers'>> & {
  limits?: Partial<Limits>;
  workers?: Partial<Config['workers']>;
};

/** For tests that start many servers and whose subject is not how frames share workers: half of such a start is the second one. */
export const ONE_WORKER: TestServerOptions = { workers: { count: 1 } };

/** For tests that change models, whose subject is not who may: a server with this token, and what shows it. */
export const ADMIN_TOKEN = 'a token of sixteen or more';
export const AS_ADMIN = { Authorization: `Bearer ${ADMIN_TOKEN}` };

/** The real server, with real workers and the shipped model, on a free port; closed at the end of the test. */
export async function testServer(
  t: { after(close: () => Promise<void>): void },
  options: TestServerOptions = {},
  log: Log = SILENT_LOG,
  tracing?: Tracing,
): Promise<LivelensServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-server-'));
  await writeFile(path.join(folder, 'index.html'), PAGE);
  await writeFile(path.join(folder, '404.html'), '<!doctype html><title>Not found</title>');
  const configDir = path.join(folder, '.config');
  const env = { PORT: '0', HOST: '127.0.0.1', LIVELENS_CONFIG_DIR: configDir };
  const defaults = readConfig(env, { root: process.cwd() });
  const server = await startServer(
    {
      ...defaults,
      pagesDir: folder,
      // Trials take cores from what is tested.
      providers: [],
      // A busy machine makes one of two versions slow, which decides only where that is what is tested.
      models: { ...defaults.models, maxSlowdown: 1_000 },
      // The shipped model has an int8 version: which of both is faster is raced, and changes what serves.
      ...(options.modelsDir === undefined && { precision: 'float32' }),
      ...options,
      limits: { ...defaults.limits, ...options.limits },
      workers: { ...defaults.workers, ...options.workers },
    },
    log,
    tracing,
  );
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  await server.ready;
  return server;
}
