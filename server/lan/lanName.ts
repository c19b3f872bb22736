import { setTimeout as sleep } from 'node:timers/promises';
import { type CiaoService, getResponder, type MDNSServerOptions, type Responder } from '@homebridge/ciao';
import { messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';

export interface LanNameOptions {
  /** Without `.local`. */
  wanted: string;
  port: number;
  /** Of this machine: tells its entry in lists of services from others. */
  hostname: string;
  log: Log;
  /** The name that others on the network can use now, such as `livelens-2.local`; undefined: none any more. */
  onName(name: string | undefined): void;
  /** Networks, by interface; all by default. */
  network?: MDNSServerOptions;
}

/** As many laptops of one class may each run a server. */
const MAX_TRIES = 100;
/** Time to give the name back, ms. */
const CLOSE_MS = 1_000;

/**
 * Takes a name on the network by multicast DNS (RFC 6762): `livelens.local`, or the next one that no one has. Goes on without
 * where the machine does not allow it.
 */
export function claimName(options: LanNameOptions): { close(): Promise<void> } {
  const { wanted, port, hostname, log, onName } = options;
  let responder: Responder | undefined;
  let service: CiaoService | undefined;
  let isClosed = false;

  async function claim(number: number): Promise<void> {
    if (isClosed || number > MAX_TRIES) return;
    responder ??= getResponder(options.network);
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    const claimed = responder.createService({
      name: `Livelens on ${hostname}, ${name}`,
      type: 'https',
      port,
      hostname: name,
    });
    service = claimed;
    let state: 'claiming' | 'taken' | 'ours' = 'claiming';
    // The library would go on with a number in brackets, which is no part of a name in an address.
    const takeNext = async () => {
      await claimed.destroy();
      await claim(number + 1);
    };
    claimed.on('hostname-change', () => {
      const wasOurs = state === 'ours';
      state = 'taken';
      if (!wasOurs || isClosed) return;
      onName(undefined);
      takeNext().catch(onError);
    });
    await claimed.advertise();
    if (isTaken()) return takeNext();
    state = 'ours';
    if (!isClosed) onName(`${name}.local`);

    function isTaken(): boolean {
      return state === 'taken';
    }
  }

  function onError(error: unknown): void {
    if (!isClosed) log.warn({ why: messageOf(error) }, 'this machine has no name on its network');
  }

  const claiming = claim(1).catch(onError);
  async function leave(): Promise<void> {
    await claiming;
    await service?.destroy();
    await responder?.shutdown();
  }
  return {
    async close() {
      if (isClosed) return;
      isClosed = true;
      // A goodbye message frees the name; a network that is gone holds no one up.
      await Promise.race([leave().catch(() => {}), sleep(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}
