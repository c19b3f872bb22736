import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startBuiltServer } from '../builtServer.ts';
import { agesOf, perSecond, startLoad } from '../load.ts';
import { type BenchLine, result } from '../result.ts';
import { median, quantile } from '../stats.ts';

const ROUNDS = 5;
const ROUND_MS = 2_000;
const WARM_MS = 500;
const SESSIONS = 8;

/** What traces of every frame cost a server at full load, collector included, against one without. They take turns. */
export const measure: BenchLine = async () => {
  let requests = 0;
  const collector = createServer((request, response) => {
    requests += 1;
    request
      .resume()
      .on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'));
  });
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const sides = [
    { name: 'off', env: {}, rates: [] as number[], ages: [] as number[] },
    {
      name: 'on',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
      rates: [] as number[],
      ages: [] as number[],
    },
  ];
  const servers = [];
  for (const { env } of sides) servers.push(await startBuiltServer(env));
  const load = await startLoad();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { rates, ages }] of sides.entries()) {
      const url = servers[index]?.url ?? '';
      const report = await load.run({
        cameras: [{ url, group: 'all', count: SESSIONS, pace: 'eager' }],
        warmMs: WARM_MS,
        durationMs: ROUND_MS,
      });
      rates.push(perSecond(report));
      ages.push(...agesOf(report));
    }
  }
  load.close();
  for (const server of servers) await server.close();
  collector.close();
  if (requests === 0) throw new Error('The collector got no traces.');
  return sides.flatMap(({ name, rates, ages }) => [
    result(`traces ${name}, sessions: ${SESSIONS}`, median(rates), 'labels/s'),
    result(`traces ${name}, age p95`, quantile(ages, 0.95), 'ms'),
  ]);
};
