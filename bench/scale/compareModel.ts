import { jain } from '../fleet/fleetFigures.ts';
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
import { MAX_AGE_MS } from '../fleet/plan.ts';
import { ROWS } from '../fleet/rows.ts';
import { quantile } from '../stats.ts';
import type { Figures } from './figures.ts';
import { type SimulatedFleet, simulateFleet } from './simulateFleet.ts';

/** The two times that the model takes from the measurement, ms. */
export interface HandOver {
  readonly handOverMs: number;
  readonly returnMs: number;
}

/** One figure that was measured, and that the model gives without knowing it. */
export interface Comparison {
  readonly what: string;
  readonly model: number;
  readonly measured: number;
}

const DURATION_MS = 60_000;
const sameWorkers = (count: number, workMs: number) => Array.from({ length: count }, () => workMs);

/** From two rows: one worker's labels a second, and the median age. All others are left to be compared. */
export function handOverOf(figures: Figures): HandOver {
  const handOverMs = Math.max(0, 1000 / figures(ROWS.workers(1)) - WORK_MS);
  const withoutReturn = quantile(simulateAge({ handOverMs, returnMs: 0 }).agesMs, 0.5);
  return { handOverMs, returnMs: Math.max(0, figures(ROWS.agesP50) - withoutReturn) };
}

export function compareModel(figures: Figures, handOver: HandOver): Comparison[] {
  const mixed = (law: SimulatedFleet['law']) => {
    const cameras = mixedCameras(figures(ROWS.mixedLabels), 0.8);
    const { agesMs, offered } = simulate({ ...handOver, cameras, workersMs: MIXED_WORKERS_MS, law });
    return agesMs.filter((age) => age <= IN_TIME_MS).length / offered;
  };
  return [
    ...WORKERS.filter((count) => count > 1).map((count) => ({
      what: `labels/s of ${count} workers`,
      model: simulate({ ...handOver, cameras: SCALING_CAMERAS, workersMs: sameWorkers(count, WORK_MS) })
        .labelsPerSecond,
      measured: figures(ROWS.workers(count)),
    })),
    {
      what: 'age at 60 % of 4 workers, p95, ms',
      model: quantile(simulateAge(handOver).agesMs, 0.95),
      measured: figures(ROWS.agesP95),
    },
    {
      what: 'labels/s of workers of 10 and 100 ms',
      model: simulate({ ...handOver, cameras: SCALING_CAMERAS, workersMs: MIXED_WORKERS_MS }).labelsPerSecond,
      measured: figures(ROWS.mixedLabels),
    },
    {
      what: 'workers of 10 and 100 ms at 80 % of that, frames in time',
      model: mixed('turns'),
      measured: figures(ROWS.mixedNats),
    },
    {
      what: 'the same with a plain queue group',
      model: mixed('random'),
      measured: figures(ROWS.mixedGroup),
    },
    ...FAIR_LOADS.map(({ name, cameras }) => ({
      what: `${name}, fairness (Jain)`,
      model: jain(simulate({ ...handOver, cameras, workersMs: [FAIR_WORK_MS] }).labelsOf),
      measured: figures(ROWS.jain(name)),
    })),
  ];
}

const simulateAge = (handOver: HandOver) =>
  simulate({ ...handOver, cameras: AGE_CAMERAS, workersMs: sameWorkers(AGE_WORKERS, WORK_MS) });

function simulate(fleet: HandOver & Pick<SimulatedFleet, 'cameras' | 'workersMs'> & Partial<SimulatedFleet>) {
  return simulateFleet({ law: 'turns', maxAgeMs: MAX_AGE_MS, durationMs: DURATION_MS, seed: 1, ...fleet });
}
