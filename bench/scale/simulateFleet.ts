import { seeded } from '../things/seeded.ts';
import { createEvents } from './events.ts';

export interface SimulatedFleet {
  /** Number of cameras that send as many frames a second. */
  readonly cameras: readonly {
    readonly count: number;
    readonly perSecond: number;
    readonly jitter: number;
  }[];
  /** Time that a frame takes, of each worker, ms. */
  readonly workersMs: readonly number[];
  /** From the moment when a worker is free and a frame waits to the frame at the worker, ms. */
  readonly handOverMs: number;
  /** From the end of the work to the answer at the gateway, ms. */
  readonly returnMs: number;
  /** `turns`: cameras take turns, and the newest frame counts. `random`: each frame is given to a worker at once, free or not. */
  readonly law: 'turns' | 'random';
  /** A frame that waited longer is dropped. */
  readonly maxAgeMs: number;
  readonly durationMs: number;
  readonly seed: number;
}

export interface SimulatedLabels {
  /** Frames that came after the first second, which is not counted. */
  readonly offered: number;
  readonly labelsPerSecond: number;
  /** Of each label, from the frame at the gateway to its answer there, ms. */
  readonly agesMs: readonly number[];
  /** Labels of each camera, in the order of `cameras`. */
  readonly labelsOf: readonly number[];
  /** The longest time in which a camera got no label, ms. */
  readonly longestSilenceMs: number;
}

const WARM_MS = 1_000;

/**
 * Frames, turns and workers as events. Processors are not in it: a hand-over takes the same time at any load, which holds as long as
 * gateways and NATS servers are not busy. `fleetNeeds` says how many of them that takes.
 */
export function simulateFleet(fleet: SimulatedFleet): SimulatedLabels {
  const { workersMs, handOverMs, returnMs, maxAgeMs } = fleet;
  const random = seeded(fleet.seed);
  const endsMs = WARM_MS + fleet.durationMs;
  const events = createEvents();
  const cameras = fleet.cameras.flatMap((each) => Array.from({ length: each.count }, () => each));
  const labelsOf = cameras.map(() => 0);
  const lastLabelMs = cameras.map(() => WARM_MS);
  const agesMs: number[] = [];
  let offered = 0;
  let longestSilenceMs = 0;

  const answer = (camera: number, cameMs: number, nowMs: number) => {
    if (nowMs < WARM_MS || nowMs >= endsMs) return;
    agesMs.push(nowMs - cameMs);
    labelsOf[camera] = (labelsOf[camera] ?? 0) + 1;
    longestSilenceMs = Math.max(longestSilenceMs, nowMs - (lastLabelMs[camera] ?? 0));
    lastLabelMs[camera] = nowMs;
  };

  const submit = fleet.law === 'turns' ? takeTurns() : giveAtOnce();

  /** The mailbox: a slot a camera, in the order of their turns; free workers in the order in which they became free. */
  function takeTurns() {
    const slots = new Map<number, number>();
    const free = workersMs.map((_, worker) => worker);
    const match = (nowMs: number) => {
      while (free.length > 0 && slots.size > 0) {
        const worker = free.shift() ?? 0;
        const [camera] = slots.keys();
        if (camera === undefined) return;
        const cameMs = slots.get(camera) ?? 0;
        slots.delete(camera);
        if (nowMs - cameMs > maxAgeMs) {
          free.unshift(worker);
          continue;
        }
        const doneMs = nowMs + handOverMs + (workersMs[worker] ?? 0);
        events.at(doneMs + returnMs, (atMs) => answer(camera, cameMs, atMs));
        events.at(doneMs, (atMs) => {
          free.push(worker);
          match(atMs);
        });
      }
    };
    return (camera: number, nowMs: number) => {
      // A Map keeps the place of a key that is set again: a newer frame takes over the turn of the one that it replaces.
      slots.set(camera, nowMs);
      match(nowMs);
    };
  }

  /** A line at each worker. */
  function giveAtOnce() {
    const freeAtMs = workersMs.map(() => 0);
    return (camera: number, nowMs: number) => {
      const worker = Math.floor(random() * workersMs.length);
      const beginsMs = Math.max(nowMs + handOverMs, freeAtMs[worker] ?? 0);
      const doneMs = beginsMs + (workersMs[worker] ?? 0);
      freeAtMs[worker] = doneMs;
      // Who asked has given up by then; the worker does it all the same.
      if (doneMs + returnMs - nowMs > maxAgeMs) return;
      events.at(doneMs + returnMs, (atMs) => answer(camera, nowMs, atMs));
    };
  }

  for (const [camera, { perSecond, jitter }] of cameras.entries()) {
    const intervalMs = 1000 / perSecond;
    const firstMs = random() * intervalMs;
    const frame = (index: number) => {
      const dueMs = firstMs + index * intervalMs;
      if (dueMs >= endsMs) return;
      events.at(Math.max(0, dueMs + (random() * 2 - 1) * jitter * intervalMs), (atMs) => {
        if (atMs >= WARM_MS && atMs < endsMs) offered += 1;
        submit(camera, atMs);
        frame(index + 1);
      });
    };
    frame(0);
  }
  events.run();
  for (const lastMs of lastLabelMs) longestSilenceMs = Math.max(longestSilenceMs, endsMs - lastMs);
  return {
    offered,
    labelsPerSecond: (agesMs.length * 1000) / fleet.durationMs,
    agesMs,
    labelsOf,
    longestSilenceMs,
  };
}
