import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Config, type Limits, readConfig } from '../config.ts';
import { type LivelensServer, startServer } from '../server.ts';
import { type Log, SILENT_LOG } from '../telemetry/log.ts';

/** A page that stands for the built ones, so that tests of the server need no build. */
const PAGE = '<!doctype html><title>Livelens</title><script>globalThis.inline = true</script>';

export type TestServerOptions = Partial<Omit<Config, 'limits'>> & { limits?: Partial<Limits> };

/** The real server, with real workers and the shipped model, on a free port; closed at the end of the test. */
export async function testServer(
  t: { after(close: () => Promise<void>): void },
  options: TestServerOptions = {},
  log: Log = SILENT_LOG,
): Promise<LivelensServer> {
  const pagesDir = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  await writeFile(path.join(pagesDir, 'index.html'), PAGE);
  await writeFile(path.join(pagesDir, '404.html'), '<!doctype html><title>Not found</title>');
  const defaults = readConfig({ PORT: '0', HOST: '127.0.0.1' }, { root: process.cwd() });
  const server = await startServer(
    { ...defaults, pagesDir, ...options, limits: { ...defaults.limits, ...options.limits } },
    log,
  );
  t.after(async () => {
    await server.close();
    await rm(pagesDir, { recursive: true });
  });
  await server.ready;
  return server;
}
