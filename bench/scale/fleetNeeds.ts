import { ANNOUNCE_MS } from '../../server/fleet/member.ts';

/** Processor times, messages and bytes of one label or one announcement, as measured. */
export interface FleetCosts {
  /** Of the gateway's process, ms: sockets and sessions, a frame that becomes a label. */
  readonly socketsMs: number;
  /** Of the gateway's process, ms: what the queue of many machines adds, a label. */
  readonly gatewayQueueMs: number;
  /** Of a worker: the model and all else, ms a label. */
  readonly modelMs: number;
  /** Of a worker: what the queue of many machines adds, ms a label. */
  readonly workerQueueMs: number;
  /** Of a NATS server, ms a label: its turn, where all go through one stream, and its frame and answer. */
  readonly natsTurnMs: number;
  readonly natsFrameMs: number;
  /** Out of a NATS server, a label. */
  readonly natsBytes: number;
  /** Of an announcement of a member, ms, for each member that hears it: at the NATS server, and at that member. */
  readonly announcementNatsMs: number;
  readonly announcementMemberMs: number;
}

/** What the machines are, and what of them may be used. Assumed, not measured. */
export interface FleetMachines {
  /** Labels a second that a camera asks for. */
  readonly labelsPerSecond: number;
  readonly workerCores: number;
  /** Share of a worker's processor time that frames may take; see `simulateFleet` for what larger ones delay. */
  readonly workerLoad: number;
  /** Share of one core: JavaScript of a process runs on one. */
  readonly gatewayLoad: number;
  readonly natsCores: number;
  readonly natsLoad: number;
  /** Of a NATS server, bytes a second in each direction. */
  readonly natsNetworkBytes: number;
  /** Servers of one NATS cluster. */
  readonly natsServers: number;
  /** Of a frame that crosses a cluster: number of servers that it leaves, 1 where sender and receiver are at the same one. */
  readonly natsHops: number;
  /** Copies of a turn in the cluster. */
  readonly replicas: number;
  /** Files of a version of a model, bytes. */
  readonly modelBytes: number;
  /** Time in which a rollout is to reach all workers, s. */
  readonly rolloutSeconds: number;
  /** Share of a gateway's core that announcements of members may take. */
  readonly announcementShare: number;
}

export interface FleetNeeds {
  readonly cameras: number;
  readonly labelsPerSecond: number;
  readonly workers: number;
  readonly gateways: number;
  readonly sessionsPerGateway: number;
  /** Whichever of processor and network asks for more. */
  readonly natsServers: number;
  readonly framesPerNatsServer: number;
  /** Announcements that each member hears, a second. */
  readonly announcements: number;
  /** Of one fleet: what it takes, over what there is of it. Above 1 it breaks. */
  readonly shares: Readonly<Record<FleetLimit, number>>;
}

/** What there is only once in a fleet, whatever number of machines is added. */
export const FLEET_LIMITS = {
  announcementsHeard: 'every member hears every other one (processor of a gateway)',
  announcementsSent: 'the same, processor of the NATS cluster',
  turns: 'one stream of turns, led by one server (one core of it)',
  cluster: 'frames through one NATS cluster (network, processor)',
  rollout: 'files of a model to all workers out of one object store, led by one server (network)',
} as const;
export type FleetLimit = keyof typeof FLEET_LIMITS;

/** What a fleet of one NATS cluster takes for a number of cameras. */
export function fleetNeeds(cameras: number, costs: FleetCosts, machines: FleetMachines): FleetNeeds {
  const labelsPerSecond = cameras * machines.labelsPerSecond;
  const workerMs = costs.modelMs + costs.workerQueueMs;
  const workers = Math.ceil(
    (labelsPerSecond * workerMs) / (1000 * machines.workerCores * machines.workerLoad),
  );
  const gatewayMs = costs.socketsMs + costs.gatewayQueueMs;
  const sessionsPerGateway = Math.floor(
    (1000 * machines.gatewayLoad) / (gatewayMs * machines.labelsPerSecond),
  );
  const gateways = Math.ceil(cameras / sessionsPerGateway);
  const members = workers + gateways;
  const announcements = (members * 1000) / ANNOUNCE_MS;
  const turnMs = costs.natsTurnMs * machines.replicas;
  const labelMs = costs.natsFrameMs * machines.natsHops + turnMs;
  const coreMs = 1000 * machines.natsLoad;
  const serverMs = coreMs * machines.natsCores;
  const announcedMs = members * announcements * costs.announcementNatsMs;
  const bytes = labelsPerSecond * costs.natsBytes * machines.natsHops;
  const serverBytes = machines.natsNetworkBytes * machines.natsLoad;
  const natsServers = Math.ceil(
    Math.max((labelsPerSecond * labelMs + announcedMs) / serverMs, bytes / serverBytes),
  );
  const framesServers = Math.max((labelsPerSecond * labelMs) / serverMs, bytes / serverBytes);
  return {
    cameras,
    labelsPerSecond,
    workers,
    gateways,
    sessionsPerGateway,
    natsServers,
    framesPerNatsServer: Math.floor(labelsPerSecond / framesServers),
    announcements,
    shares: {
      announcementsHeard: (announcements * costs.announcementMemberMs) / (1000 * machines.announcementShare),
      announcementsSent: announcedMs / (serverMs * machines.natsServers),
      // The leader writes each turn, and sends it to those that have copies.
      turns: (labelsPerSecond * turnMs) / coreMs,
      cluster: framesServers / machines.natsServers,
      rollout: (workers * machines.modelBytes) / (serverBytes * machines.rolloutSeconds),
    },
  };
}

/** The number of cameras at which each limit is reached, smallest first. */
export function breakingPoints(
  costs: FleetCosts,
  machines: FleetMachines,
): readonly { limit: FleetLimit; cameras: number }[] {
  const limits = Object.keys(FLEET_LIMITS) as FleetLimit[];
  return limits
    .map((limit) => ({
      limit,
      cameras: largest((cameras) => fleetNeeds(cameras, costs, machines).shares[limit] <= 1),
    }))
    .sort((a, b) => a.cameras - b.cameras);
}

/** The largest number of cameras that is right, where all smaller ones are, too. */
function largest(isRight: (cameras: number) => boolean): number {
  let [right, wrong] = [0, 1];
  while (isRight(wrong)) [right, wrong] = [wrong, wrong * 2];
  while (wrong - right > 1) {
    const middle = Math.floor((right + wrong) / 2);
    if (isRight(middle)) right = middle;
    else wrong = middle;
  }
  return right;
}

export interface CellNeeds extends FleetNeeds {
  /** Fleets that know nothing of each other. */
  readonly cells: number;
}

/** The same cameras in cells: each is a fleet of its own, so that what there is once is there once a cell. */
export function cellNeeds(
  cameras: number,
  camerasOfCell: number,
  costs: FleetCosts,
  machines: FleetMachines,
): CellNeeds {
  const cells = Math.ceil(cameras / camerasOfCell);
  return { ...fleetNeeds(Math.ceil(cameras / cells), costs, machines), cells };
}
