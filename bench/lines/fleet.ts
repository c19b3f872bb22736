import { whyNoNats } from '../../server/testing/natsServer.ts';
import { type Fleet, type FleetRun, type FleetRunPlan, startFleet } from '../fleet/fleet.ts';
import {
  agesOf,
  jain,
  labelsOf,
  labelsPerSecond,
  longestSilenceMs,
  shareInTime,
  total,
} from '../fleet/fleetFigures.ts';
import {
  AGE_CAMERAS,
  AGE_WORKERS,
  FAIR_LOADS,
  FAIR_WORK_MS,
  IN_TIME_MS,
  MIXED_WORKERS_MS,
  mixedCameras,
  SCALING_CAMERAS,
  WORK_MS,
  WORKERS,
} from '../fleet/loads.ts';
import type { Side } from '../fleet/plan.ts';
import { ROWS } from '../fleet/rows.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median, quantile } from '../stats.ts';

/** As the page sends it where the link has room. */
const FRAME_BYTES = 58_000;
/** As the product's default. */
const CREDITS = 4;
const ROUNDS = 2;
const SCALING_ROUNDS = 5;
const AGE_ROUNDS = 4;
/** Of the ages, those where nothing else on the machine was in the way. */
const UNDISTURBED = 0.05;
const MOST_WORKERS = Math.max(...WORKERS);

/**
 * Many machines, played by processes of one: a gateway, a nats-server and workers whose model takes a fixed time without using
 * the processor, so that two cores can host many. Sides take turns. Next to the queue of many machines: the queue of one machine,
 * with its workers in the same process, where nothing crosses a process, and over a local socket, which shows what processes
 * cost here without NATS.
 */
export const measure: BenchLine = async () => {
  const missing = whyNoNats();
  if (missing !== undefined) return [result(`fleet: not measured. ${missing}`, Number.NaN, '')];
  const fleet = await startFleet(MOST_WORKERS);
  try {
    return [
      ...(await measureScaling(fleet)),
      ...(await measureAge(fleet)),
      ...(await measureMixed(fleet)),
      ...(await measureFairness(fleet)),
      ...(await measureNats(fleet)),
    ];
  } finally {
    await fleet.close();
  }
};

/** More frames than any number of these workers can serve. Ratios are of one round each: what else the machine does changes. */
async function measureScaling(fleet: Fleet): Promise<BenchResult[]> {
  const all = (['nats', 'socket'] as const).flatMap((side) => WORKERS.map((count) => ({ side, count })));
  const runs = await inTurns(fleet, SCALING_ROUNDS, all, ({ side, count }) => ({
    side,
    cameras: SCALING_CAMERAS,
    frameBytes: FRAME_BYTES,
    credits: CREDITS,
    workersMs: workers(count, WORK_MS),
    durationMs: 3_000,
  }));
  const rounds = (side: Side, count: number) =>
    runs.of((what) => what.side === side && what.count === count).map((run) => labelsPerSecond([run]));
  const perSecond = (side: Side, count: number) => median(rounds(side, count));
  const overOne = (side: Side, count: number) => {
    const one = rounds(side, 1);
    return median(rounds(side, count).map((labels, round) => labels / (count * (one[round] ?? Number.NaN))));
  };
  const overModels = (side: Side) => (perSecond(side, MOST_WORKERS) * WORK_MS) / (MOST_WORKERS * 1000);
  const most = `${MOST_WORKERS} workers`;
  return [
    ...WORKERS.map((count) => result(ROWS.workers(count), perSecond('nats', count), '/s')),
    ...WORKERS.slice(1).map((count) =>
      result(`fleet: ${count} workers over ${count} times one`, overOne('nats', count), '', {
        atLeast: 0.95,
      }),
    ),
    result(`fleet: ${most} over what their models could give`, overModels('nats'), ''),
    result(
      `fleet: ${most} over ${MOST_WORKERS} times one, local socket`,
      overOne('socket', MOST_WORKERS),
      '',
    ),
    result(`fleet: ${most} over what their models could give, local socket`, overModels('socket'), ''),
  ];
}

/** The same frames at the same moments on each side, at 60 % of what the workers can do. */
async function measureAge(fleet: Fleet): Promise<BenchResult[]> {
  const all = ['memory', 'nats', 'socket'] as const;
  const runs = await inTurns(fleet, AGE_ROUNDS, all, (side, round) => ({
    side,
    frameBytes: FRAME_BYTES,
    cameras: AGE_CAMERAS,
    credits: CREDITS,
    workersMs: workers(AGE_WORKERS, WORK_MS),
    seed: round + 1,
  }));
  const [memory, nats, socket] = all.map((each) => runs.of((what) => what === each));
  const age = (of: readonly FleetRun[] = [], share: number) => quantile(agesOf(of), share);
  const perLabel = (of: readonly FleetRun[] = [], read: (run: FleetRun) => number) =>
    total(of.map(read)) / labelsOf(of);
  return [
    result('fleet: age at 60 % of 4 workers in one process, p50', age(memory, 0.5), 'ms'),
    result('fleet: age at 60 % of 4 workers in one process, p95', age(memory, 0.95), 'ms'),
    result(ROWS.agesP50, age(nats, 0.5), 'ms'),
    result(ROWS.agesP95, age(nats, 0.95), 'ms'),
    result('fleet: added age over NATS, p50', age(nats, 0.5) - age(memory, 0.5), 'ms', { atMost: 2 }),
    result('fleet: added age over NATS, p95', age(nats, 0.95) - age(memory, 0.95), 'ms', { atMost: 5 }),
    result(
      'fleet: added age over NATS, p5: where the machine did nothing else',
      age(nats, UNDISTURBED) - age(memory, UNDISTURBED),
      'ms',
    ),
    result('fleet: added age over a local socket, p50', age(socket, 0.5) - age(memory, 0.5), 'ms'),
    result('fleet: added age over a local socket, p95', age(socket, 0.95) - age(memory, 0.95), 'ms'),
    result(
      ROWS.gatewayMs,
      perLabel(nats, ({ cpuMs }) => cpuMs),
      'ms',
    ),
    result(
      ROWS.memoryMs,
      perLabel(memory, ({ cpuMs }) => cpuMs),
      'ms',
    ),
    result(
      ROWS.workerMs,
      perLabel(nats, ({ workersCpuMs }) => workersCpuMs),
      'ms',
    ),
    result(
      'fleet: processor time of a label, nats-server at these few',
      perLabel(nats, (run) => run.nats.cpuMs),
      'ms',
    ),
    result(
      ROWS.natsMessagesIn,
      perLabel(nats, (run) => run.nats.messagesIn),
      '',
    ),
    result(
      ROWS.natsMessagesOut,
      perLabel(nats, (run) => run.nats.messagesOut),
      '',
    ),
    result(
      ROWS.natsBytes,
      perLabel(nats, (run) => run.nats.bytesOut),
      '',
    ),
  ];
}

/**
 * Fast and slow workers in one line, with frames at 80 % of what they give together. It is measured first what that is: of a
 * fast worker's time, hand-overs are a larger share.
 */
async function measureMixed(fleet: Fleet): Promise<BenchResult[]> {
  const fixed = {
    frameBytes: FRAME_BYTES,
    // The load stays the same, whatever becomes of the frames.
    credits: Number.POSITIVE_INFINITY,
    workersMs: MIXED_WORKERS_MS,
  };
  const busy = await inTurns(fleet, ROUNDS, ['nats'] as const, (side) => ({
    ...fixed,
    side,
    cameras: SCALING_CAMERAS,
    credits: CREDITS,
  }));
  const labels = labelsPerSecond(busy.of(() => true));
  const ofModels = total(MIXED_WORKERS_MS.map((ms) => 1000 / ms));
  const runs = await inTurns(fleet, ROUNDS, ['nats', 'group', 'memory'] as const, (side, round) => ({
    ...fixed,
    side,
    cameras: mixedCameras(labels, 0.8),
    durationMs: 6_000,
    seed: round + 1,
  }));
  const inTime = (side: Side) =>
    shareInTime(
      runs.of((what) => what === side),
      IN_TIME_MS,
    );
  return [
    result(ROWS.mixedLabels, labels, '/s'),
    result('fleet: the same over what their models could give', labels / ofModels, ''),
    result(ROWS.mixedNats, inTime('nats'), '', { atLeast: 0.95 }),
    result('fleet: the same frames in one process', inTime('memory'), ''),
    result(ROWS.mixedGroup, inTime('group'), ''),
  ];
}

async function measureFairness(fleet: Fleet): Promise<BenchResult[]> {
  const sides = [
    { side: 'nats', where: 'over NATS' },
    { side: 'memory', where: 'in one process' },
  ] as const;
  const all = FAIR_LOADS.flatMap((load) => sides.map((each) => ({ ...load, ...each })));
  const runs = await inTurns(fleet, 1, all, ({ side, cameras }) => ({
    side,
    cameras,
    frameBytes: FRAME_BYTES,
    credits: Number.POSITIVE_INFINITY,
    workersMs: [FAIR_WORK_MS],
    durationMs: 6_000,
  }));
  return all.flatMap((load) => {
    const [run] = runs.of((what) => what === load);
    if (run === undefined) return [];
    const { name, where, side } = load;
    const waits = run.cameras.flatMap(({ answers }) => answers.map(({ queueMs }) => queueMs));
    const labels = run.cameras.map(({ answers }) => answers.length);
    return [
      result(
        side === 'nats' ? ROWS.jain(name) : `fleet: ${name}, fairness ${where} (Jain)`,
        jain(labels),
        '',
      ),
      result(`fleet: ${name}, longest silence of a camera ${where}`, longestSilenceMs(run), 'ms'),
      result(`fleet: ${name}, wait in the queue ${where}, p50`, quantile(waits, 0.5), 'ms'),
    ];
  });
}

async function measureNats(fleet: Fleet): Promise<BenchResult[]> {
  const { serverMs, memberMs } = await fleet.announcements();
  const { turnMs, frameMs } = await fleet.natsCapacity();
  return [
    result(ROWS.natsTurnMs, turnMs, 'ms'),
    result(ROWS.natsFrameMs, frameMs, 'ms'),
    result(ROWS.announcementNatsUs, serverMs * 1000, 'us'),
    result(ROWS.announcementMemberUs, memberMs * 1000, 'us'),
  ];
}

/** Each round runs all of them, one after another, so that what else the machine does falls on all alike. */
async function inTurns<T>(
  fleet: Fleet,
  rounds: number,
  all: readonly T[],
  planOf: (what: T, round: number) => FleetRunPlan,
): Promise<{ of(isMeant: (what: T) => boolean): FleetRun[] }> {
  const done: { what: T; run: FleetRun }[] = [];
  for (let round = 0; round < rounds; round++)
    for (const what of all) done.push({ what, run: await fleet.run(planOf(what, round)) });
  return { of: (isMeant) => done.filter(({ what }) => isMeant(what)).map(({ run }) => run) };
}

const workers = (count: number, workMs: number): number[] => Array.from({ length: count }, () => workMs);
