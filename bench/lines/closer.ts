import { readFile } from 'node:fs/promises';
import { createHttpClient } from '../../client/http/httpClient.ts';
import { startBuiltServer } from '../builtServer.ts';
import type { FoundBox } from '../precision/averagePrecision.ts';
import { precisionRows } from '../precision/precisionRows.ts';
import { readTruthFolder, TRUTH_VARIABLE, type TruthFolder } from '../precision/truthFolder.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { median } from '../stats.ts';

/** What a person sees without changing anything. */
const MIN_SCORE = 0.5;
const LOOKS = 14;

/** What is found in pictures with known truth: by one look at the whole, and with `thorough=1`. */
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
    return [
      ...precisionRows('one look', folder.truth, once.found, { minScore: MIN_SCORE }),
      ...precisionRows('thorough=1', folder.truth, thorough.found, {
        minScore: MIN_SCORE,
        aims: { ap: 0.36, precision: 0.83 },
      }),
      ...timeRows(once.times, thorough.times),
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
    for (const { id, file, width, height } of pictures) {
      const image = new Uint8Array(await readFile(file));
      const startedAt = performance.now();
      const { labels } = await http.predict(image, { minScore: 0, ...options });
      if (round === 'warm') continue;
      times.push(performance.now() - startedAt);
      for (const { label, score, box: [x, y, w, h] = [0, 0, 1, 1] } of labels) {
        found.push({ image: id, label, score, box: [x * width, y * height, w * width, h * height] });
      }
    }
  }
  return { found, times };
}

function timeRows(once: readonly number[], thorough: readonly number[]): BenchResult[] {
  const [one, all] = [median(once), median(thorough)];
  return [
    result('one look: time of a picture, median', one, 'ms'),
    result('thorough=1: time of a picture, median', all, 'ms', { atMost: LOOKS * one }),
  ];
}
