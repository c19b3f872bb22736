import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../protocol/errors.ts';
import { createLearnCollection } from './learnCollection.ts';
import type { FromLearner, ToLearner } from './messages.ts';
import { recognitions } from './recognitions.ts';

/** The thread that learns: with thousands of samples that takes seconds, in which the sockets' thread has frames to answer. */
const learn = createLearnCollection();

function answer(task: ToLearner): void {
  const { number } = task;
  try {
    if (task.kind === 'compare') {
      send({ number, result: recognitions(task.classes, task.background) });
      return;
    }
    const result = learn(task.dir);
    const { lengths, weights } = result.head.directions;
    send({ number, result }, [lengths.buffer, weights.buffer]);
  } catch (error) {
    send({ number, why: messageOf(error) });
  }
}

const send = (message: FromLearner, moved: ArrayBufferLike[] = []) =>
  parentPort?.postMessage(message, moved as ArrayBuffer[]);

parentPort?.on('message', answer);
