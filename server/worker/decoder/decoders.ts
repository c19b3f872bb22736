import type { ChildProcess } from 'node:child_process';
import { messageOf } from '../../../protocol/errors.ts';
import { forkChild } from '../../config/forkChild.ts';
import { createSemaphore } from '../../limits/semaphore.ts';
import type { Log } from '../../telemetry/log.ts';
import type {
  CodesJob,
  CutOut,
  DecodedPicture,
  DecodeJob,
  FromDecoder,
  ReadCodes,
  SampleJob,
  ToDecoder,
} from './messages.ts';

interface Dropped {
  kind: 'dropped';
  reason: 'undecodable' | 'too_costly' | 'stale' | 'worker_lost';
  detail?: string;
}

export type DecodeResult = DecodedPicture | Dropped;
export type CodesResult = ReadCodes | Dropped;
export type SampleResult = CutOut | Dropped;

/** What a process answers a job with. */
type JobResult = DecodedPicture | ReadCodes | CutOut | Dropped;

/** Processes that decode costly pictures, so that no worker has to. They are started when there is one. */
export interface Decoders {
  /**
   * Never rejects. At most `MAX_WAITING` frames of streams wait; one more is `stale`. Pictures that their sender has not
   * fitted, as of `/v1/predict`, are not refused: they take turns before they come here.
   */
  decode(job: DecodeJob): Promise<DecodeResult>;
  /** Reads the codes of a picture. Never rejects; pictures take turns before they come here. */
  readCodes(job: CodesJob): Promise<CodesResult>;
  /** Cuts a thing out of a picture. Never rejects; pictures take turns before they come here. */
  cutSample(job: SampleJob): Promise<SampleResult>;
  /** Ends all of them immediately; what they decode is answered `worker_lost`. Idempotent. */
  close(): void;
}

export interface DecodersOptions {
  /** Number of pictures that are decoded at the same time. */
  count: number;
  /** By the clock, for a machine that gives the process no time at all. */
  timeoutMs: number;
  log: Log;
}

const MAX_WAITING = 16;
/** A process without work takes some 60 MB; it ends after this time. */
const IDLE_MS = 30_000;

const LOST: Dropped = { kind: 'dropped', reason: 'worker_lost' };

const ENTRY = { source: new URL('./main.ts', import.meta.url), built: 'decoder.js' };

export function createDecoders({ count, timeoutMs, log }: DecodersOptions): Decoders {
  const turns = createSemaphore(count);
  const idle: { child: ChildProcess; timer: NodeJS.Timeout }[] = [];
  const all = new Set<ChildProcess>();
  let waitingFrames = 0;
  let isClosed = false;

  function start(): ChildProcess {
    const child = forkChild(ENTRY);
    all.add(child);
    // It could not be started, and no `exit` follows; or its pipe is gone, and one does.
    child.on('error', (error) => {
      log.error({ error: error.message }, 'decoder');
      if (child.pid === undefined) all.delete(child);
    });
    child.once('exit', () => {
      all.delete(child);
      leaveIdle(child);
    });
    return child;
  }

  function leaveIdle(child: ChildProcess): void {
    const index = idle.findIndex((each) => each.child === child);
    if (index >= 0) clearTimeout(idle.splice(index, 1)[0]?.timer);
  }

  function rest(child: ChildProcess): void {
    const timer = setTimeout(() => {
      // Immediately: until its end is known a picture could still be given to it.
      leaveIdle(child);
      child.kill('SIGKILL');
    }, IDLE_MS);
    timer.unref();
    idle.push({ child, timer });
  }

  function takeIdle(): ChildProcess | undefined {
    const found = idle.pop();
    clearTimeout(found?.timer);
    return found?.child;
  }

  function runIn(child: ChildProcess, job: ToDecoder): Promise<JobResult> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      const end = (result: JobResult) => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onExit);
        resolve(result);
      };
      const onExit = () => end({ kind: 'dropped', reason: 'worker_lost' });
      const onMessage = (message: FromDecoder) => {
        if (message.kind === 'tooCostly') {
          end({
            kind: 'dropped',
            reason: 'too_costly',
            detail: `${Math.round(message.cpuMs)} ms of a processor`,
          });
          return;
        }
        if (child.connected) rest(child);
        end(
          message.kind === 'undecodable'
            ? { kind: 'dropped', reason: 'undecodable', detail: message.detail }
            : message,
        );
      };
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.once('error', onExit);
      // What cannot be sent ends with the process. One that could not be started has not even a `send`.
      if (child.connected) child.send(job, () => {});
    });
  }

  const run = (job: ToDecoder, onTurn = () => {}) =>
    turns.run<JobResult>(async () => {
      onTurn();
      if (isClosed) return LOST;
      try {
        return await runIn(takeIdle() ?? start(), job);
      } catch (error) {
        log.error({ error: messageOf(error) }, 'no process for a decoder');
        return LOST;
      }
    });

  return {
    async decode(job) {
      const frames = job.isFitted ? 1 : 0;
      if (frames > 0 && waitingFrames >= MAX_WAITING) return { kind: 'dropped', reason: 'stale' };
      waitingFrames += frames;
      const result = await run({ type: 'decode', ...job }, () => {
        waitingFrames -= frames;
      });
      return ofKind('decoded', result);
    },
    async readCodes(job) {
      return ofKind('codes', await run({ type: 'codes', ...job }));
    },
    async cutSample(job) {
      return ofKind('cutOut', await run({ type: 'cutSample', ...job }));
    },
    close() {
      isClosed = true;
      for (const child of all) child.kill('SIGKILL');
    },
  };
}

/** A job is answered by what it asked for. */
function ofKind<Kind extends Exclude<JobResult, Dropped>['kind']>(
  kind: Kind,
  result: JobResult,
): Extract<JobResult, { kind: Kind }> | Dropped {
  return result.kind === kind || result.kind === 'dropped'
    ? (result as Extract<JobResult, { kind: Kind }> | Dropped)
    : LOST;
}
