import type { Config, Limits } from './config/config.ts';
import type { QueueConfig } from './config/queueConfig.ts';
import type { FleetLibrary } from './fleet/fleetLibrary.ts';
import { createFleetPool } from './fleet/fleetPool.ts';
import { createFleetPrecision } from './fleet/fleetPrecision.ts';
import { type Follower, followModels } from './fleet/followModels.ts';
import { installLive } from './fleet/installModels.ts';
import { createModelGroups } from './fleet/modelGroups.ts';
import { openFleetLink } from './fleetLink.ts';
import type { ModelStore } from './library/store.ts';
import type { WaitForNats } from './nats/connection.ts';
import type { NatsLink } from './nats/link.ts';
import { maxImageBytes } from './nats/messages.ts';
import { createNatsFrameInbox } from './nats/natsFrameInbox.ts';
import { openNatsLibrary } from './nats/natsLibrary.ts';
import { sharedSecret } from './nats/natsSharedSecret.ts';
import type { FoundModels } from './serving/foundModels.ts';
import type { Precision } from './serving/precision.ts';
import type { ModelRegistry } from './serving/registry.ts';
import { lastSecond } from './telemetry/lastSecond.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { FleetReadings } from './telemetry/status.ts';
import type { Workforce } from './workforce.ts';

/** What a gateway has in place of workers of its own. */
export interface FleetWorkforce extends Workforce {
  /** See RegistryOptions.isRun. */
  isRun(model: { id: string }): boolean;
  /** Follows what other gateways change, and tells the fleet of this one. */
  begin(server: { registry: ModelRegistry; metrics: Metrics; isDraining(): boolean }): void;
}

/** A gateway that is in the fleet, and has its models. */
export interface GatewayFleet {
  readonly resumeSecret: string;
  /** Of what frames and pictures may have, by what a message of NATS may have. */
  readonly limits: Pick<Limits, 'maxFrameBytes' | 'maxPictureBytes'>;
  /** It loads no models, so that the memory of its machine says nothing of how many may be loaded: workers look to that. */
  readonly models: Pick<Config['models'], 'maxMemoryBytes'>;
  /** Which versions of quantised models workers run. */
  readonly precision: Precision;
  /** See FleetLink. */
  readings(): FleetReadings;
  start(found: FoundModels, nowMs: () => number): FleetWorkforce;
  /** Of one that was not started. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  config: Pick<Config, 'limits' | 'modelsDir' | 'resumeSecret'> & { queue: QueueConfig };
  store: ModelStore;
  log: Log;
  wait: WaitForNats;
}

/**
 * Joins the fleet, and takes over what is live there.
 * @throws Error that says what to do, where NATS does not let it in, or does not answer; the reason of the wait's signal
 */
export async function joinAsGateway({ config, store, log, wait }: GatewayOptions): Promise<GatewayFleet> {
  const { modelsDir, limits } = config;
  const fleet = await openFleetLink(config.queue, 'gateway', log, wait);
  const { link, members, memberId, self } = fleet;
  let library: FleetLibrary | undefined;

  async function leave(): Promise<void> {
    await library?.close();
    await fleet.close();
  }

  /** All that the fleet has to give before the gateway can start. Each part may take long, and none is begun once it is to stop. */
  async function take() {
    const { signal } = wait;
    signal.throwIfAborted();
    library = await openNatsLibrary(link, log, { removesUnnamed: true });
    signal.throwIfAborted();
    const install = { role: 'gateway', library, modelsDir, store, log } as const;
    await installLive(install, signal);
    signal.throwIfAborted();
    const resumeSecret = config.resumeSecret ?? (await sharedSecret(link, 'resume'));
    signal.throwIfAborted();
    return { install, resumeSecret };
  }
  const { install, resumeSecret } = await take().catch(async (error: unknown) => {
    await leave();
    throw error;
  });

  return {
    resumeSecret,
    limits: limitsWith(link, limits, log),
    models: { maxMemoryBytes: Number.POSITIVE_INFINITY },
    precision: createFleetPrecision({ members, kept: store.kept, log }),
    readings: fleet.readings,
    start(found, nowMs) {
      let registry: ModelRegistry | undefined;
      let follower: Follower | undefined;
      const groups = createModelGroups({
        members,
        library: install.library,
        serving: () => registry?.serving ?? [],
      });
      const inbox = createNatsFrameInbox({
        ...{ link, gatewayId: memberId, groupOf: groups.groupOf, onGone: members.onGone, log, nowMs },
        ...{ maxAgeMs: limits.maxAgeMs, refreshMs: limits.refreshMs },
      });
      const pool = createFleetPool({ ...install, members, memberId, found });
      return {
        inbox,
        get waiting() {
          return inbox.waiting;
        },
        pool,
        pids: [],
        race: { widths: { narrow: 1, wide: 1 }, quietMs: 0 },
        accelerators: { reportsOf: () => undefined, follow() {}, close() {} },
        isRun: ({ id }) => groups.groupOf(id) !== undefined,
        begin(server) {
          registry = server.registry;
          registry.onChange(groups.changed);
          follower = followModels({ ...install, memberId, members, registry });
          members.announce(() => {
            const { sessions, history } = server.metrics.status(undefined);
            return {
              ...{ role: 'gateway', ...self, sessions, ...lastSecond(history) },
              waiting: inbox.waiting,
              memoryBytes: process.memoryUsage.rss(),
              isLeaving: server.isDraining(),
            };
          });
        },
        async close() {
          await follower?.close();
          await pool.close();
          inbox.close();
          groups.close();
          await leave();
        },
      };
    },
    close: leave,
  };
}

/** What no message of NATS could carry is refused at once, with the limit in words. */
function limitsWith({ maxPayload }: NatsLink, limits: Limits, log: Log): GatewayFleet['limits'] {
  const maxImage = maxImageBytes(maxPayload);
  const { maxFrameBytes, maxPictureBytes } = limits;
  if (maxPictureBytes > maxImage) {
    log.info(
      { maxPictureBytes, maxPayload },
      `pictures may have ${maxImage} bytes, since NATS has no larger messages; raise max_payload of nats-server for more`,
    );
  }
  return {
    maxFrameBytes: Math.min(maxFrameBytes, maxImage),
    maxPictureBytes: Math.min(maxPictureBytes, maxImage),
  };
}
