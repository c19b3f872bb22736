import type { SignedTokenRules, SignedTokens } from './access/signedTokens.ts';
import type { Config } from './config/config.ts';
import type { GatewayFleet } from './fleetGateway.ts';
import type { Lan, LanOptions } from './lan/lan.ts';
import type { ModelStore } from './library/store.ts';
import type { Log } from './telemetry/log.ts';
import { openWaitingServer, type WaitingServer } from './waitingServer.ts';

/** Parts of the server that are imported only where they are wanted: the packages of each take a fifth of a second to load. */

export async function startLan(options: LanOptions): Promise<Lan> {
  const { openLan } = await import('./lan/lan.ts');
  return openLan(options);
}

export async function startSignedTokens(rules: SignedTokenRules, log: Log): Promise<SignedTokens> {
  const { openSignedTokens } = await import('./access/signedTokens.ts');
  return openSignedTokens(rules, { log, now: Date.now });
}

/**
 * Undefined where this machine runs models itself. Waits for NATS where that is not there yet, and answers probes meanwhile.
 * @param signal ends the waiting
 */
export async function joinFleet(
  config: Config,
  store: ModelStore,
  log: Log,
  signal: AbortSignal,
): Promise<GatewayFleet | undefined> {
  const { queue } = config;
  if (queue === undefined) return undefined;
  if (config.precision !== 'auto')
    log.warn('PRECISION has no effect at a gateway: set it at the workers, which run the models');
  const { joinAsGateway } = await import('./fleetGateway.ts');
  let meanwhile: WaitingServer | undefined;
  const failed = new AbortController();
  const wait = {
    signal: AbortSignal.any([signal, failed.signal]),
    began() {
      meanwhile = openWaitingServer(config);
      meanwhile.failed.catch((error: unknown) => failed.abort(error));
    },
  };
  try {
    return await joinAsGateway({ config: { ...config, queue }, store, log, wait });
  } finally {
    await meanwhile?.close();
  }
}
