import { Worker } from 'node:worker_threads';
import { sentenceOf } from '../../../protocol/sentence.ts';
import { ImportError } from '../importError.ts';
import { costHere } from '../prove/costHere.ts';
import { verifyFolder } from '../prove/verify.ts';
import { type FromChild, OUT_OF_MEMORY, type ToChild } from './childProcess.ts';
import { prepareCost } from './costInFreshProcess.ts';
import { importModel } from './importModel.ts';

/** A process that inspects one model of an unknown origin, answers, and is ended by its parent. */

/**
 * The runtime blocks this thread and takes memory that V8 knows nothing of, so another thread watches: the only way
 * that works on every system.
 */
function watchMemory(maxBytes: number): void {
  const code = `
    const { workerData } = require('node:worker_threads');
    const { writeSync } = require('node:fs');
    setInterval(() => {
      if (process.memoryUsage.rss() <= workerData.maxBytes) return;
      writeSync(2, workerData.message + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }, 50);`;
  const workerData = { maxBytes, message: OUT_OF_MEMORY };
  new Worker(code, { eval: true, execArgv: [], workerData }).unref();
}

const send = (message: FromChild) => {
  // An error means that no one waits any more; `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {});
};

async function run(task: ToChild): Promise<unknown> {
  switch (task.type) {
    case 'import': {
      const cost = prepareCost();
      return importModel(task.source, task.options, {
        stagingDir: task.stagingDir,
        ...(task.samples ? { samples: task.samples } : {}),
        onProgress: (text) => send({ type: 'progress', message: String(text), ...sentenceOf(text) }),
        measureCost: cost.measure,
      }).finally(cost.close);
    }
    case 'measure':
      return costHere(task.dir);
    case 'verify':
      return verifyFolder(task.dir);
    default:
      return task satisfies never;
  }
}

process.on('message', (task: ToChild) => {
  watchMemory(task.maxMemoryBytes);
  run(task).then(
    (result) => send({ type: 'done', result }),
    (error: unknown) => {
      if (error instanceof ImportError) {
        const { code, message, question } = error;
        send({ type: 'refused', code, message, ...sentenceOf(error.text), question });
      } else send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    },
  );
});
process.on('disconnect', () => process.exit(0));
