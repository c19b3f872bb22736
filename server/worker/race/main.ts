import { setPriority } from 'node:os';
import { messageOf } from '../../../protocol/errors.ts';
import { quantile } from '../../../protocol/quantile.ts';
import { disagreementOf } from '../../../vision/disagreement.ts';
import { type GoldenPicture, runGoldens } from '../../../vision/runGoldens.ts';
import { type OpenModel, openModel, startRuntime } from '../../inference/model.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import { type ModelFolder, readModelFolder, verifyGraphHashes } from '../../library/modelFolder.ts';
import type { FromRace, RaceJob, RaceStep } from './messages.ts';
import { raceBatches } from './raceBatches.ts';

/**
 * A process that tries one accelerator, or one int8 version: goldens, a race against the float32 version on the processor, goldens again. Whatever the
 * driver does, it does it here; the server ends this process in any case, since some crash or hang when they are closed.
 */

/** Rounds of the race, and the time after which no further one begins, ms. */
const ROUNDS = 15;
const RACE_MS = 5_000;
/** A processor that plays a graphics card takes ten seconds a run, of all cores: neither goldens nor a race are worth that. */
const HOPELESS_MS = 100;
const HOPELESS_TIMES = 5;
const MAX_FIRST_MS = 20_000;
/** A session is slower at first. */
const WARM_UP = 2;
/** Memory that a run may leave behind on average, bytes; below `LEAST` in all it is that of a start. */
const LEFT_BY_RUN = 4 << 20;
const LEAST = 128 << 20;

async function race({ model, provider, against, widths }: RaceJob): Promise<FromRace> {
  // Frames come first.
  setPriority(10);
  await startRuntime();
  const folder = await readModelFolder(model.dir, model.manifestFile);
  await verifyGraphHashes(folder);
  const other = against ? await readModelFolder(against.dir, against.manifestFile) : folder;
  if (against) await verifyGraphHashes(other);
  const pictures: GoldenPicture[] = [];
  for await (const picture of readGoldens(folder)) pictures.push(picture);
  const [first] = pictures;
  if (first === undefined) return refused('The version has no reference images to prove it by.');
  await step('opening');
  const tried = await openModel(folder, widths.narrow, { provider });
  await step('first runs');
  const isWide = widths.wide > widths.narrow;
  const triedWide = against && isWide ? await openModel(folder, widths.wide, { provider }) : tried;
  const narrow = await openModel(other, widths.narrow);
  const wide = isWide ? await openModel(other, widths.wide) : narrow;
  const [providerMs, narrowMs] = [await secondRunMs(tried, first), await secondRunMs(narrow, first)];
  if (providerMs > HOPELESS_MS && providerMs > HOPELESS_TIMES * narrowMs) {
    return { type: 'raced', times: { providerMs, narrowMs, wideMs: narrowMs } };
  }
  await step('goldens');
  await prove(folder, tried);
  await step('race');
  const sides = [...new Set([tried, triedWide, narrow, wide])].map((session) => ({
    session,
    times: [] as number[],
  }));
  const startedAt = performance.now();
  let rssBefore = 0;
  let rounds = 0;
  for (; rounds < ROUNDS + WARM_UP; rounds++) {
    if (rounds > WARM_UP && performance.now() - startedAt > RACE_MS) break;
    const picture = pictures[rounds % pictures.length];
    if (rounds === WARM_UP) rssBefore = process.memoryUsage.rss();
    for (const { session, times } of sides) {
      const runAt = performance.now();
      if (picture) await session.run(picture.pixels, picture.size);
      if (rounds >= WARM_UP) times.push(performance.now() - runAt);
    }
  }
  const grownBy = process.memoryUsage.rss() - rssBefore;
  if (grownBy > Math.max(LEAST, LEFT_BY_RUN * (rounds - WARM_UP))) {
    return refused(`Its memory grew by ${Math.round(grownBy / 2 ** 20)} MiB in ${rounds - WARM_UP} runs.`);
  }
  const medianOf = (one: OpenModel) =>
    quantile(sides.find(({ session }) => session === one)?.times ?? [], 0.5) ?? 0;
  const times = {
    providerMs: medianOf(tried),
    ...(against && { providerWideMs: medianOf(triedWide) }),
    narrowMs: medianOf(narrow),
    wideMs: medianOf(wide),
  };
  if (times.providerMs < times.narrowMs) {
    await step('goldens after the race');
    await prove(folder, tried);
  }
  if (against || times.providerMs >= times.wideMs) return { type: 'raced', times };
  await send({ type: 'racedAlone', times });
  await step('batches');
  return { type: 'raced', times: { ...times, batches: await raceBatches(tried, pictures, folder.labels) } };
}

/** @throws Error that says what differs */
async function prove(folder: ModelFolder, session: OpenModel): Promise<void> {
  const { cases } = await runGoldens(readGoldens(folder), (pixels, size) => session.run(pixels, size));
  const disagreement = disagreementOf(cases, folder.labels);
  if (disagreement) throw new Error(String(disagreement.summary));
}

/** The first one compiles, and counts only where it takes so long that no second one is worth it. */
async function secondRunMs(session: OpenModel, { pixels, size }: GoldenPicture): Promise<number> {
  const firstMs = await runMs();
  return firstMs > MAX_FIRST_MS ? firstMs : runMs();

  async function runMs(): Promise<number> {
    const startedAt = performance.now();
    await session.run(pixels, size);
    return performance.now() - startedAt;
  }
}

const refused = (why: string): FromRace => ({ type: 'refused', why });
const step = (name: RaceStep) => send({ type: 'step', step: name });

/** Resolves when the message is out: what follows may block this process for good. */
function send(message: FromRace): Promise<void> {
  // An error means that the server is gone; `disconnect` follows.
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

process.on('message', (job: RaceJob) => {
  void race(job)
    .catch((cause: unknown) => refused(messageOf(cause)))
    .then(send);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
