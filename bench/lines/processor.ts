import { availableParallelism } from 'node:os';
import { startBuiltServer } from '../builtServer.ts';
import { startLoad } from '../load.ts';
import { startLoops } from '../loops.ts';
import { meteredRun } from '../meteredRun.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';

const ROUNDS = 4;
const ROUND_MS = 4_000;
/**
 * Before the first round: a server that has just started compiles what it runs often, which was a quarter of what the process with
 * the sockets took in its first 200 labels.
 */
const WARM_MS = 10_000;

/**
 * Processor time of a label at saturation, for machines that others use too: what others take makes the clock useless and
 * changes this little. Counted are the processes of the product; the load is not. The graph is a bare loop over the runtime
 * on one thread, which takes turns with the product: in float32, which the product is compared with, and as the product runs it. One session a core: with more, frames are replaced while they wait, and
 * the slower a busy machine is, the more of them each label would pay for. NaN where there is no /proc.
 */
export const measure: BenchLine = async () => {
  const cores = availableParallelism();
  const server = await startBuiltServer();
  const bare = await startLoops({ script: 'rawLoop', processes: cores, threads: 1 });
  const served =
    process.env.PRECISION === 'float32'
      ? bare
      : await startLoops({
          script: 'rawLoop',
          processes: cores,
          threads: 1,
          graph: 'models/coco-ssd/int8/model.onnx',
        });
  const load = await startLoad();
  const graphMs: number[] = [];
  const servedMs: number[] = [];
  const labelMs: number[] = [];
  const gatewayMs: number[] = [];
  const gatewayFrameMs: number[] = [];
  const shares: number[] = [];
  let frameBytes = Number.NaN;
  for (let round = 0; round < ROUNDS; round++) {
    const runMs = async (loops: typeof bare) => {
      const { cpuMs, runsMs } = await loops.run(ROUND_MS / 2);
      return cpuMs / runsMs.length;
    };
    const graph = await runMs(bare);
    servedMs.push(await runMs(served));
    const warmMs = round === 0 ? WARM_MS : 500;
    const run = { sessions: cores, warmMs, durationMs: ROUND_MS };
    const { cameras, cpuMs, ownCpuMs } = await meteredRun(load, server, run);
    const labels = cameras.reduce((sum, { answers }) => sum + answers.length, 0);
    const label = cpuMs / labels;
    graphMs.push(graph);
    labelMs.push(label);
    gatewayMs.push(ownCpuMs / labels);
    const frames = cameras.reduce((sum, { sent }) => sum + sent, 0);
    gatewayFrameMs.push(ownCpuMs / frames);
    frameBytes = cameras.reduce((sum, { bytesSent }) => sum + bytesSent, 0) / frames;
    shares.push(graph / label);
  }
  load.close();
  bare.close();
  served.close();
  await server.close();

  const outside = labelMs.map((label, round) => label - (servedMs[round] ?? Number.NaN));
  return [
    result('processor time: labels', 1000 / median(labelMs), 'labels/s of a processor'),
    result('processor time: share of bare onnxruntime', median(shares), ''),
    result('processor time of a label: bare graph', median(graphMs), 'ms'),
    result('processor time of a label: bare graph as served', median(servedMs), 'ms'),
    result('processor time of a label: outside the graph', median(outside), 'ms', { atMost: 2.2 }),
    result('processor time of a label: the process with the sockets', median(gatewayMs), 'ms', {
      atMost: 0.4,
    }),
    // Frames that are replaced while they wait cost it nearly as much as those that become labels.
    result('processor time of a frame: the process with the sockets', median(gatewayFrameMs), 'ms'),
    // Rows of other sizes are not to be compared: see cameras.ts.
    result('processor time: a frame that the cameras send', frameBytes / 1_000, 'kB'),
  ];
};
