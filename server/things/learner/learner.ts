import type { Worker } from 'node:worker_threads';
import { abortable } from '../../../protocol/abortable.ts';
import { startThread } from '../../config/startThread.ts';
import type { FromLearner, LearnTask, Results, ToLearner } from './messages.ts';

/** Learns, away from the thread of the sockets. */
export interface Learner {
  /**
   * Rejects where the task cannot be done, such as for a collection that is gone, and with the reason of `signal`: one that was begun
   * is done, for nobody.
   */
  run<Task extends LearnTask>(task: Task, signal?: AbortSignal): Promise<Results[Task['kind']]>;
  /** Whether there is a thread now. */
  readonly isThere: boolean;
}

/** Nothing was learned for so long: the thread ends, and with it goes what it read of collections, ms. */
const IDLE_MS = 60_000;

const ENTRY = { source: new URL('./main.ts', import.meta.url), built: 'learner.js' };

interface Waiting {
  resolve(result: Results[keyof Results]): void;
  reject(error: Error): void;
}

/** One thread for all collections, which is started when there is something to learn. */
export function createLearner({ idleMs = IDLE_MS } = {}): Learner {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let tasks = 0;

  function start(): Worker {
    const started = startThread(ENTRY);
    started.on('message', (message: FromLearner) => {
      const one = waiting.get(message.number);
      waiting.delete(message.number);
      if ('why' in message) one?.reject(new Error(message.why));
      else one?.resolve(message.result);
      if (waiting.size === 0) rest(started);
    });
    // Such as for lack of memory; `exit` follows.
    started.on('error', (error) => lose(started, error));
    started.on('exit', () => lose(started, new Error('The thread that learns has ended.')));
    return started;
  }

  function rest(idle: Worker): void {
    // A process that has nothing else to do does not wait for it.
    idle.unref();
    timer = setTimeout(() => {
      thread = undefined;
      void idle.terminate();
    }, idleMs);
    timer.unref();
  }

  function lose(lost: Worker, why: Error): void {
    if (thread !== lost) return;
    thread = undefined;
    clearTimeout(timer);
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
  }

  return {
    async run<Task extends LearnTask>(task: Task, signal?: AbortSignal) {
      signal?.throwIfAborted();
      const result = new Promise<Results[Task['kind']]>((resolve, reject) => {
        clearTimeout(timer);
        thread ??= start();
        thread.ref();
        tasks += 1;
        waiting.set(tasks, { resolve: resolve as Waiting['resolve'], reject });
        thread.postMessage({ ...task, number: tasks } satisfies ToLearner);
      });
      return signal ? abortable(result, signal) : result;
    },
    get isThere() {
      return thread !== undefined;
    },
  };
}

/** Of this process. */
export const learner: Learner = createLearner();
