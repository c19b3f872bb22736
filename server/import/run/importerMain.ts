import { Worker } from 'node:worker_threads';
import { sentenceOf } from '../../../protocol/sentence.ts';
import { makeHalfGraphs } from '../half/makeHalfGraphs.ts';
import { ImportError } from '../importError.ts';
import { costHere } from '../prove/costHere.ts';
import { runInLiteRt } from '../prove/liteRt.ts';
import { verifyFolder } from '../prove/verify.ts';
import { quantizeVersion } from '../quantize/quantizeVersion.ts';
import { scoreVersions } from '../score/scoreVersions.ts';
import { makeThingsModel } from '../things/makeThingsModel.ts';
import { changeWords } from '../words/changeWords.ts';
import { type FromChild, OUT_OF_MEMORY, type ToChild } from './childProcess.ts';
import { prepareCost } from './costInFreshProcess.ts';
import { importModel } from './importModel.ts';

/** A process that inspects one model of an unknown origin, answers, and is ended by its parent. */

/** On Windows it stays the same, and processes end with their parent. */
const PARENT = process.ppid;

/**
 * The runtimes block this thread, which then hears nothing of the end of its parent, and take memory that V8 knows nothing of. So
 * another thread watches both: the only way that works on every system.
 */
function watchFromOutside(maxBytes: number): void {
  const code = `
    const { workerData } = require('node:worker_threads');
    const { writeSync } = require('node:fs');
    setInterval(() => {
      const isAlone = process.ppid !== workerData.parent;
      if (!isAlone && process.memoryUsage.rss() <= workerData.maxBytes) return;
      if (!isAlone) writeSync(2, workerData.message + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }, 50);`;
  const workerData = { maxBytes, parent: PARENT, message: OUT_OF_MEMORY };
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
    case 'quantize':
      return quantizeVersion(task, (text) =>
        send({ type: 'progress', message: String(text), ...sentenceOf(text) }),
      );
    case 'words':
      return changeWords(task, (text) =>
        send({ type: 'progress', message: String(text), ...sentenceOf(text) }),
      );
    case 'half':
      return makeHalfGraphs(task);
    case 'things':
      return makeThingsModel(task);
    case 'score':
      return scoreVersions(task, (done, of) => send({ type: 'counted', done, of }));
    case 'measure':
      return costHere(task.dir);
    case 'verify':
      return verifyFolder(task.dir);
    case 'lite-rt':
      return runInLiteRt(task);
    default:
      return task satisfies never;
  }
}

process.on('message', (task: ToChild) => {
  watchFromOutside(task.maxMemoryBytes);
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
