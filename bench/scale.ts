import { ROWS } from './fleet/rows.ts';
import { compareModel, handOverOf } from './scale/compareModel.ts';
import { type Figures, readFigures } from './scale/figures.ts';
import {
  breakingPoints,
  cellNeeds,
  FLEET_LIMITS,
  type FleetCosts,
  type FleetLimit,
  type FleetMachines,
  fleetNeeds,
} from './scale/fleetNeeds.ts';
import { largestLoads } from './scale/largestLoad.ts';
import { textTable } from './scale/textTable.ts';

/**
 * `npx tsx bench/scale.ts`: what a fleet of 1,000, 100,000 and 10 million cameras takes, from what was measured of a small one
 * (`npm run bench -- fleet`). It first compares its model with that small one. docs/scale.md tells what is behind it.
 */

/** Of docs/performance.md: a frame with a tiny model in the process with the sockets; COCO-SSD and all else in a worker. */
const SOCKETS_MS = 0.47;
const MODEL_MS = 29;
const CAMERAS = [1_000, 100_000, 10_000_000];

/** Assumed. */
const MACHINES: FleetMachines = {
  labelsPerSecond: 5,
  workerCores: 2,
  workerLoad: 0.8,
  gatewayLoad: 0.6,
  natsCores: 8,
  natsLoad: 0.5,
  // 10 Gbit/s.
  natsNetworkBytes: 1.25e9,
  natsServers: 3,
  // Sender and receiver are at the same server of three once in three times.
  natsHops: 1 + 2 / 3,
  replicas: 3,
  modelBytes: 17.3e6,
  rolloutSeconds: 60,
  announcementShare: 0.05,
};

/** Cells stay this far below what breaks them first. */
const CELL_SHARE = 0.5;

const { source, figures } = await readFigures();
const handOver = handOverOf(figures);
print(`Figures of ${source}.`);
print(
  `From a worker that is free and a frame that waits to the frame at the worker: ${handOver.handOverMs.toFixed(1)} ms; from its answer to the gateway: ${handOver.returnMs.toFixed(1)} ms (both from the measurement).`,
);
printComparison(figures);
printLoads();
const costs = costsOf(figures);
printNeeds(costs);

function costsOf(row: Figures): FleetCosts {
  return {
    socketsMs: SOCKETS_MS,
    // The queue of one machine is part of the former.
    gatewayQueueMs: row(ROWS.gatewayMs) - row(ROWS.memoryMs),
    modelMs: MODEL_MS,
    workerQueueMs: row(ROWS.workerMs),
    natsTurnMs: row(ROWS.natsTurnMs),
    natsFrameMs: row(ROWS.natsFrameMs),
    natsBytes: row(ROWS.natsBytes),
    announcementNatsMs: row(ROWS.announcementNatsUs) / 1000,
    announcementMemberMs: row(ROWS.announcementMemberUs) / 1000,
  };
}

function printComparison(row: Figures): void {
  print('\n## The model against the measured small fleet\n');
  print(
    textTable(
      ['what', 'model', 'measured', 'error'],
      compareModel(row, handOver).map(({ what, model, measured }) => [
        what,
        digits(model),
        digits(measured),
        `${((100 * (model - measured)) / measured).toFixed(1)} %`,
      ]),
    ),
  );
}

function printLoads(): void {
  print('\n## The largest load with 99 % of frames labelled in 300 ms, 5 frames/s a camera, simulated\n');
  const loads = largestLoads([1, 2, 4, 8, 32, 128], { ...handOver, workMs: MODEL_MS, perSecond: 5 });
  print(
    textTable(
      ['workers that share a line', 'share of what they can do'],
      loads.map(({ workers, load }) => [String(workers), Number.isNaN(load) ? '-' : digits(load)]),
    ),
  );
}

function printNeeds(of: FleetCosts): void {
  print('\n## One fleet: one NATS cluster, all members hear each other\n');
  const all = CAMERAS.map((cameras) => fleetNeeds(cameras, of, MACHINES));
  const rows: [string, (needs: (typeof all)[number]) => string][] = [
    ['frames/s, all labelled', (needs) => whole(needs.labelsPerSecond)],
    ['machines with workers, 2 cores each', (needs) => whole(needs.workers)],
    ['gateway processes', (needs) => whole(needs.gateways)],
    ['sessions a gateway process', (needs) => whole(needs.sessionsPerGateway)],
    ['NATS servers that frames and announcements would take', (needs) => whole(needs.natsServers)],
    ['frames/s a NATS server', (needs) => whole(needs.framesPerNatsServer)],
    ['announcements/s that each member hears', (needs) => whole(needs.announcements)],
    ...(Object.entries(FLEET_LIMITS) as [FleetLimit, string][]).map(
      ([limit, name]): [string, (needs: (typeof all)[number]) => string] => [
        `share: ${name}`,
        (needs) => digits(needs.shares[limit]),
      ],
    ),
  ];
  print(
    textTable(
      ['cameras', ...CAMERAS.map(whole)],
      rows.map(([name, read]) => [name, ...all.map(read)]),
    ),
  );

  print('\n## Where it breaks first\n');
  const points = breakingPoints(of, MACHINES);
  print(
    textTable(
      ['cameras', 'what'],
      points.map(({ limit, cameras }) => [whole(cameras), FLEET_LIMITS[limit]]),
    ),
  );

  const camerasOfCell = Math.floor((points[0]?.cameras ?? 0) * CELL_SHARE);
  print(`\n## Cells of at most ${whole(camerasOfCell)} cameras, each a fleet of its own\n`);
  const cells = CAMERAS.map((cameras) => cellNeeds(cameras, camerasOfCell, of, MACHINES));
  print(
    textTable(
      ['cameras', ...CAMERAS.map(whole)],
      [
        ['cells', ...cells.map((cell) => whole(cell.cells))],
        ['cameras a cell', ...cells.map(({ cameras }) => whole(cameras))],
        ['machines with workers a cell', ...cells.map(({ workers }) => whole(workers))],
        ['gateway processes a cell', ...cells.map(({ gateways }) => whole(gateways))],
        ['largest share', ...cells.map(({ shares }) => digits(Math.max(...Object.values(shares))))],
      ],
    ),
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Rounded to what the model can tell. */
function whole(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US');
}

function digits(value: number): string {
  return value >= 100 ? whole(value) : value.toPrecision(3);
}
