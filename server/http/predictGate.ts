import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { Access } from '../access/adminRight.ts';
import { clientGroup, type ProxyOptions } from '../access/clientAddress.ts';
import type { Limits } from '../config/config.ts';
import type { AddressPenalties } from '../limits/addressPenalties.ts';
import { createConcurrencyLimit } from '../limits/concurrencyLimit.ts';
import type { Semaphore } from '../limits/semaphore.ts';
import type { UsageLimits } from '../limits/usageLimits.ts';

export interface PredictGateOptions extends ProxyOptions {
  limits: Pick<Limits, 'maxPredictions' | 'maxPredictionsPerAddress'>;
  /** Addresses whose pictures took too long to decode. */
  penalties: AddressPenalties;
  /** What is in progress, from before a picture is read until it is answered: a stop waits for it. */
  requests: Pick<Semaphore, 'run'>;
  /** The server stops: nothing new is begun. */
  isDraining(): boolean;
  /** A monotonic clock. */
  nowMs: () => number;
  access: Pick<Access, 'callerOf'>;
  /** What one client may use. */
  usage: UsageLimits;
}

/**
 * Runs `work` for the sender of a request, which holds a place for a picture until then.
 * @throws CodedError `restarting`, `rate_limited` or `server_busy` instead; what `work` throws
 */
export type PredictGate = <T>(
  request: IncomingMessage,
  work: () => Promise<T>,
  /** What a router kept that `work` threw, to answer it. */
  keptError?: () => unknown,
) => Promise<T>;

/** The same as a step of a router. */
export const passGate =
  (gate: PredictGate): MiddlewareHandler<{ Bindings: HttpBindings }> =>
  (c, next) =>
    gate(c.env.incoming, next, () => c.error);

/** The one way in for single pictures, whatever route they come by: all routes share its limits. */
export function createPredictGate(options: PredictGateOptions): PredictGate {
  const { limits, penalties, usage, nowMs } = options;
  const predictions = createConcurrencyLimit({
    max: limits.maxPredictions,
    maxPerAddress: limits.maxPredictionsPerAddress,
  });
  return (request, work, keptError) => options.requests.run(() => pass(request, work, keptError));

  async function pass<T>(
    request: IncomingMessage,
    work: () => Promise<T>,
    keptError?: () => unknown,
  ): Promise<T> {
    if (options.isDraining()) throw new CodedError('restarting', aboutModels('server_restarts'));
    const address = clientGroup(request, options);
    const waitMs = penalties.waitMs(address, nowMs());
    if (waitMs > 0) {
      throw new CodedError(
        'rate_limited',
        aboutModels('pictures_too_slow', { seconds: Math.ceil(waitMs / 1000) }),
        { retryAfterMs: waitMs },
      );
    }
    // Counted before the body is read: what waits here costs memory.
    const release = predictions.acquire(address);
    if (release === undefined) {
      throw new CodedError('server_busy', aboutModels('pictures_busy', { count: predictions.inFlight }));
    }
    const note = (error: unknown) => {
      if (error instanceof CodedError && error.code === 'frame_too_costly') {
        penalties.penalise(address, nowMs());
      }
    };
    let end = () => {};
    try {
      const client = { address, subject: (await options.access.callerOf(request)).subject };
      const { socket } = request;
      const bytesBefore = socket.bytesRead;
      const endPicture = usage.beginPicture(client);
      end = () => {
        usage.charge(client, socket.bytesRead - bytesBefore);
        endPicture();
      };
      const done = await work();
      note(keptError?.());
      return done;
    } catch (error) {
      note(error);
      throw error;
    } finally {
      end();
      release();
    }
  }
}
