import { availableParallelism } from 'node:os';
import autocannon from 'autocannon';
import { frameOf } from '../../server/testing/media.ts';
import { startBuiltServer } from '../builtServer.ts';
import { startLoops } from '../loops.ts';
import { processTree } from '../processTree.ts';
import { type BenchLine, result } from '../result.ts';
import { median, medianRatio } from '../stats.ts';

/** Many and short: what else a machine does changes from one to the next. */
const ROUNDS = 10;
const ROUND_S = 2;
const WARM_S = 2;
/** Enough that the next picture is there when one is done; an address may have 8 in progress. */
const CONNECTIONS = 4;

/** A request that autocannon repeats. */
interface Request {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Pictures a second over HTTP next to bare inference with as many runs at a time and as many threads: of `POST /v1/predict`, and of
 * the Open Inference Protocol with tensors in bytes. One worker is left to the streams, so that one picture less than there are cores
 * is run at a time; where that is a single one, it gets all cores, and so does bare inference. That neither decodes nor speaks HTTP.
 * The load generator takes from the same cores, which processor time does not count. The sides take turns.
 */
export const measure: BenchLine = async () => {
  const cores = availableParallelism();
  const processes = Math.max(1, cores - 1);
  const threads = processes === 1 ? cores : 1;
  const server = await startBuiltServer({ CONTRACTS: 'oip', WORKERS: String(cores), WORKER_THREADS: '1' });
  const bare = await startLoops({ script: 'rawLoop', processes, threads });
  const picture = Buffer.from(await frameOf('cup.png'));
  const sides = { predict: predictRequest(picture), oip: oipRequest(picture) };
  for (const side of Object.values(sides)) await load(server.url, side, WARM_S);
  const rates = { bare: [] as number[], predict: [] as number[], oip: [] as number[] };
  /** Processor time of a picture, ms. */
  const cpus = { bare: [] as number[], predict: [] as number[], oip: [] as number[] };
  const slowest = { predict: [] as number[], oip: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const { perSecond, runsMs, cpuMs } = await bare.run(ROUND_S * 1_000);
    rates.bare.push(perSecond);
    cpus.bare.push(cpuMs / runsMs.length);
    for (const side of ['predict', 'oip'] as const) {
      const before = await processTree(server.pid);
      const { perSecond, p97Ms, total } = await load(server.url, sides[side], ROUND_S);
      cpus[side].push(((await processTree(server.pid)).cpuMs - before.cpuMs) / total);
      rates[side].push(perSecond);
      slowest[side].push(p97Ms);
    }
  }
  bare.close();
  await server.close();

  const share = (side: 'predict' | 'oip') => medianRatio(rates[side], rates.bare);
  return [
    result(
      `bare inference, ${processes} at a time with ${threads} threads each`,
      median(rates.bare),
      'pictures/s',
    ),
    result('bare inference, processor time', median(cpus.bare), 'ms a picture'),
    result('POST /v1/predict', median(rates.predict), 'requests/s'),
    result('POST /v1/predict, share of bare inference', share('predict'), ''),
    result('POST /v1/predict, processor time of server and workers', median(cpus.predict), 'ms a picture'),
    result(`POST /v1/predict, ${CONNECTIONS} at once, p97.5`, median(slowest.predict), 'ms'),
    result('Open Inference Protocol in bytes', median(rates.oip), 'requests/s'),
    result('Open Inference Protocol in bytes, share of bare inference', share('oip'), ''),
    result('Open Inference Protocol in bytes, processor time', median(cpus.oip), 'ms a picture'),
    result(`Open Inference Protocol in bytes, ${CONNECTIONS} at once, p97.5`, median(slowest.oip), 'ms'),
  ];
};

const predictRequest = (picture: Buffer): Request => ({
  path: '/v1/predict',
  headers: { 'Content-Type': 'image/jpeg' },
  body: picture,
});

function oipRequest(picture: Buffer): Request {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(picture.byteLength);
  const input = {
    name: 'image',
    shape: [1],
    datatype: 'BYTES',
    parameters: { binary_data_size: picture.byteLength + 4 },
  };
  const json = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }));
  return {
    path: '/v2/models/coco-ssd/infer',
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(json.byteLength),
    },
    body: Buffer.concat([json, length, picture]),
  };
}

/** @throws Error where a request is not answered with 200 */
async function load(url: string, { path, headers, body }: Request, durationS: number) {
  const { requests, latency, duration, non2xx, errors } = await autocannon({
    url: url + path,
    method: 'POST',
    headers,
    body,
    connections: CONNECTIONS,
    duration: durationS,
  });
  if (non2xx + errors > 0) throw new Error(`${path}: ${non2xx} refused, ${errors} broken.`);
  return { perSecond: requests.total / duration, p97Ms: latency.p97_5, total: requests.total };
}
