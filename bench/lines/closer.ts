import { readFile } from 'node:fs/promises';
import { createHttpClient } from '../../client/http/httpClient.ts';
import type { Label } from '../../protocol/messages.ts';
import type { FoundBox } from '../../vision/averagePrecision.ts';
import { startBuiltServer } from '../builtServer.ts';
import { precisionRows } from '../precision/precisionRows.ts';
import { watchStill } from '../precision/stillFootage.ts';
import { readTruthFolder, TRUTH_VARIABLE, type TruthFolder } from '../precision/truthFolder.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median } from '../stats.ts';

/** What a person sees without changing anything. */
const MIN_SCORE = 0.5;
const LOOKS = 14;

/** How long footage stands still. */
const STILL_MS = 2_000;

/** What is found in pictures with known truth: by one look at the whole, with `thorough=1`, and live in footage that stands still. */
export const measure: BenchLine = async () => {
  const folder = await readTruthFolder();
  if (folder === undefined) {
    const name = `closer: set ${TRUTH_VARIABLE} to a folder with images/ and instances.json of COCO`;
    return [result(name, Number.NaN, '')];
  }
  const server = await startBuiltServer();
  try {
    const once = await predictAll(server.url, folder, { thorough: false });
    const thorough = await predictAll(server.url, folder, { thorough: true });
    const wholes = await watchAll(server.url, folder, { closer: false });
    const closer = await watchAll(server.url, folder, { closer: true });
    return [
      ...precisionRows('one look', folder.truth, once.found, { minScore: MIN_SCORE }),
      ...precisionRows('thorough=1', folder.truth, thorough.found, {
        minScore: MIN_SCORE,
        aims: { ap: 0.36, precision: 0.83 },
      }),
      ...timeRows(once.times, thorough.times),
      ...precisionRows('live, wholes only', folder.truth, wholes.found, { minScore: MIN_SCORE }),
      ...precisionRows('live, still for 2 s', folder.truth, closer.found, {
        minScore: MIN_SCORE,
        aims: { ap: 0.32, precision: 0.83 },
      }),
      result('live, wholes only: looks of 2 s, mean', wholes.looks, ''),
      result('live, still for 2 s: looks of 2 s, mean', closer.looks, '', { atMost: wholes.looks }),
    ];
  } finally {
    await server.close();
  }
};

interface Predicted {
  readonly found: readonly FoundBox[];
  /** For each picture: from the request to the answer, ms. */
  readonly times: readonly number[];
}

/** One picture after the other, twice: the first round warms up. */
async function predictAll(
  url: string,
  { pictures }: TruthFolder,
  options: { thorough: boolean },
): Promise<Predicted> {
  const http = createHttpClient({ url });
  const found: FoundBox[] = [];
  const times: number[] = [];
  for (const round of ['warm', 'counted'] as const) {
    for (const picture of pictures) {
      const image = new Uint8Array(await readFile(picture.file));
      const startedAt = performance.now();
      const { labels } = await http.predict(image, { minScore: 0, ...options });
      if (round === 'warm') continue;
      times.push(performance.now() - startedAt);
      found.push(...inPixels(picture, labels));
    }
  }
  return { found, times };
}

/** Each picture as footage that stands still, in a session of its own. */
async function watchAll(
  url: string,
  { pictures }: TruthFolder,
  { closer }: { closer: boolean },
): Promise<{ readonly found: readonly FoundBox[]; readonly looks: number }> {
  const found: FoundBox[] = [];
  let looks = 0;
  for (const picture of pictures) {
    const watched = await watchStill(url, { ...picture, stillMs: STILL_MS }, { closer, minScore: 0 });
    looks += watched.looks / pictures.length;
    found.push(...inPixels(picture, watched.labels));
  }
  return { found, looks };
}

function inPixels(
  { id, width, height }: TruthFolder['pictures'][number],
  labels: readonly Label[],
): FoundBox[] {
  return labels.map(({ label, score, box: [x, y, w, h] = [0, 0, 1, 1] }) => ({
    image: id,
    label,
    score,
    box: [x * width, y * height, w * width, h * height],
  }));
}

function timeRows(once: readonly number[], thorough: readonly number[]): BenchResult[] {
  const [one, all] = [median(once), median(thorough)];
  return [
    result('one look: time of a picture, median', one, 'ms'),
    result('thorough=1: time of a picture, median', all, 'ms', { atMost: LOOKS * one }),
  ];
}
