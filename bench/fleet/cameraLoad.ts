import type { FrameInbox, FrameJob } from '../../server/queue/frameQueue.ts';
import { seeded } from '../things/seeded.ts';
import { type FleetCameraReport, type FleetPlan, type FleetReport, MODEL } from './plan.ts';

/** Plays the cameras of a plan into an inbox. @param mark called when the measured time begins, and when it ends */
export async function playCameras(
  inbox: FrameInbox,
  plan: FleetPlan,
  mark: (moment: 'measuring' | 'measured') => void,
): Promise<FleetReport> {
  const random = seeded(plan.seed);
  const image = new Uint8Array(plan.frameBytes);
  const beginsAt = performance.now() + plan.warmMs;
  const endsAt = beginsAt + plan.durationMs;
  const cameras = plan.cameras.flatMap((each) => Array.from({ length: each.count }, () => each));
  const reports: FleetCameraReport[] = [];
  const played = cameras.map(({ perSecond, jitter }, index) => {
    const report: FleetCameraReport = { offered: 0, answers: [] };
    reports.push(report);
    const intervalMs = 1000 / perSecond;
    const nextFrame = steadyClock({ intervalMs, jitter, random });
    return playCamera({
      inbox,
      job: jobOf(index, plan.side, image),
      report,
      plan,
      beginsAt,
      endsAt,
      nextFrame,
    });
  });
  await until(beginsAt);
  const cpu = process.cpuUsage();
  mark('measuring');
  await until(endsAt);
  const { user, system } = process.cpuUsage(cpu);
  const measuredMs = performance.now() - beginsAt;
  mark('measured');
  await Promise.all(played);
  return { measuredMs, cpuMs: (user + system) / 1000, cameras: reports };
}

interface PlayedCamera {
  inbox: FrameInbox;
  job: FrameJob;
  report: FleetCameraReport;
  plan: FleetPlan;
  beginsAt: number;
  endsAt: number;
  nextFrame(): number;
}

async function playCamera({ inbox, job, report, plan, beginsAt, endsAt, nextFrame }: PlayedCamera) {
  const startedAt = performance.now();
  const pending = new Set<Promise<void>>();
  for (;;) {
    const dueAt = startedAt + nextFrame();
    if (dueAt >= endsAt) break;
    await until(dueAt);
    const submittedAt = performance.now();
    if (submittedAt >= beginsAt && submittedAt < endsAt) report.offered += 1;
    if (pending.size >= plan.credits) continue;
    const answered = inbox.submit(job).then((result) => {
      pending.delete(answered);
      const nowMs = performance.now();
      // Labels are counted when they come, so that the end of the measured time cuts off as many as its begin lets in.
      if (nowMs >= beginsAt && nowMs < endsAt && result.kind === 'answered') {
        report.answers.push({
          atMs: nowMs - beginsAt,
          ageMs: nowMs - submittedAt,
          queueMs: result.timing.queueMs,
        });
      }
    });
    pending.add(answered);
  }
  await Promise.all(pending);
}

/** Moments of a camera's frames after its start, ms. The first is anywhere in its interval. */
function steadyClock(options: { intervalMs: number; jitter: number; random: () => number }): () => number {
  const { intervalMs, jitter, random } = options;
  const first = random() * intervalMs;
  let count = 0;
  let last = 0;
  return () => {
    const early = (random() * 2 - 1) * jitter * intervalMs;
    last = Math.max(last, first + count * intervalMs + early);
    count += 1;
    return last;
  };
}

const jobOf = (index: number, side: string, image: Uint8Array): FrameJob => ({
  key: `${side}-camera-${index}`,
  model: MODEL,
  format: 'jpeg',
  image,
  maxPixels: 1_000_000,
  maxDecodeMs: 100,
  isFitted: true,
});

const until = (atMs: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
