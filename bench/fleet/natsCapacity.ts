import { createInbox } from '@nats-io/transport-node';
import { connectNats } from '../../server/nats/link.ts';
import { createTurns } from '../../server/nats/turns.ts';
import { SILENT_LOG } from '../../server/testing/silentLog.ts';
import type { NatsUse } from './natsUse.ts';

const TURNS = 20_000;
const FRAMES = 3_000;
/** Turns or frames that are on their way at a time, as of so many workers. */
const IN_FLIGHT = 64;
const FRAME_BYTES = 58_000;
const PULL = '{"batch":1,"expires":5000000000}';

/**
 * Processor time of the NATS server for one turn and for one frame where both come as fast as they can: a server that has
 * much to do wakes up less often, and takes less for each than at a few labels a second.
 */
export async function measureNatsCapacity(
  url: string,
  serverUse: () => Promise<NatsUse>,
): Promise<{ turnMs: number; frameMs: number }> {
  const options = { urls: [url], name: 'capacity', clientName: 'capacity' };
  const gateway = await connectNats(options, SILENT_LOG);
  const worker = await connectNats(options, SILENT_LOG);
  const turns = createTurns(gateway, 'default', SILENT_LOG);
  await turns.ensure();

  /** One token into the line, out of it, and acknowledged. */
  const inbox = createInbox();
  let onTurn = () => {};
  worker.connection.subscribe(`${inbox}.*`, {
    callback(_, message) {
      message.respond();
      onTurn();
    },
  });
  const stored = createInbox();
  gateway.connection.subscribe(stored, { callback() {} });
  const oneTurn = (number: number) => {
    worker.connection.publish(turns.nextSubject, PULL, { reply: `${inbox}.${number}` });
    gateway.connection.publish(turns.subjectOf('gateway', number), new Uint8Array(), { reply: stored });
  };
  const turnMs = await perItem(serverUse, async () => {
    await new Promise<void>((resolve) => {
      let [begun, ended] = [0, 0];
      onTurn = () => {
        ended += 1;
        if (begun < TURNS) oneTurn(begun++);
        else if (ended === TURNS) resolve();
      };
      while (begun < IN_FLIGHT) oneTurn(begun++);
    });
    return TURNS;
  });

  /** One frame asked for and given; its answer is as small as what asks for it. */
  const frame = new Uint8Array(FRAME_BYTES);
  gateway.connection.subscribe('capacity.take', { callback: (_, message) => void message.respond(frame) });
  const frameMs = await perItem(serverUse, async () => {
    let begun = 0;
    const ask = async () => {
      while (begun++ < FRAMES) {
        await worker.connection.request('capacity.take', 'x'.repeat(100), { timeout: 30_000 });
        worker.connection.publish('capacity.answer', 'x'.repeat(300));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, ask));
    return FRAMES;
  });
  turns.close();
  await Promise.all([gateway.close(), worker.close()]);
  return { turnMs, frameMs };
}

async function perItem(serverUse: () => Promise<NatsUse>, run: () => Promise<number>): Promise<number> {
  const before = await serverUse();
  const items = await run();
  return ((await serverUse()).cpuMs - before.cpuMs) / items;
}
