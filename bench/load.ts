import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Cameras that are alike. */
export interface CameraPlan {
  /** Where the server is, `http://…`. */
  url: string;
  /** Comes back in the reports. */
  group: string;
  count: number;
  /**
   * `camera`: 30 pictures a second, those for which there is a credit are sent; a number: as many a second instead.
   * `eager`: sends whenever it may, but after a dropped frame waits for its camera's next picture.
   * `greedy`: sends whenever it may.
   */
  pace: 'camera' | 'eager' | 'greedy' | number;
  /** `tutorial`: no hello, no credits, a frame whenever the camera has one; see tutorialServer.ts. Default `livelens`. */
  speaks?: 'livelens' | 'tutorial';
}

export interface LoadPlan {
  cameras: CameraPlan[];
  /** Not counted. */
  warmMs: number;
  durationMs: number;
}

export interface CameraReport {
  group: string;
  sent: number;
  bytesSent: number;
  /** How many frames, by reason. */
  dropped: Record<string, number>;
  /** Times in ms; `atMs` since the epoch. */
  answers: { atMs: number; ageMs: number; queueMs: number; serverMs: number }[];
  /** The code with which the server closed the socket before its time. */
  closed: number | undefined;
}

export interface LoadReport {
  measuredMs: number;
  cameras: CameraReport[];
}

/** A process of cameras; one run at a time. */
export interface Load {
  /** @param onMeasuring called when warming up is over */
  run(plan: LoadPlan, onMeasuring?: () => void): Promise<LoadReport>;
  close(): void;
}

export async function startLoad(): Promise<Load> {
  const child = fork('bench/cameras.ts', { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  await once(child, 'message');
  return {
    run: (plan, onMeasuring = () => {}) =>
      new Promise((resolve, reject) => {
        const end = (code: number | null) => reject(new Error(`The cameras' process ended (${code}).`));
        child.once('exit', end);
        const listen = (message: 'measuring' | LoadReport) => {
          if (message === 'measuring') {
            onMeasuring();
            return;
          }
          child.off('message', listen);
          child.off('exit', end);
          resolve(message);
        };
        child.on('message', listen);
        child.send(plan);
      }),
    close: () => child.disconnect(),
  };
}

export const agesOf = ({ cameras }: LoadReport): number[] =>
  cameras.flatMap(({ answers }) => answers.map(({ ageMs }) => ageMs));

/** Labels messages a second, of all cameras together. */
export const perSecond = ({ cameras, measuredMs }: LoadReport): number =>
  (cameras.reduce((sum, { answers }) => sum + answers.length, 0) * 1000) / measuredMs;
