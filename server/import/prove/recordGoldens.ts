import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import { compareWithGolden, recordGolden } from '../../../vision/golden.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { Golden, type ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import type { Decoded } from '../../inference/decode.ts';
import { RUNTIME } from '../../inference/runtime.ts';
import type { Hints } from '../decide/hints.ts';
import type { VersionFiles } from '../deploy/writeVersion.ts';
import { ImportError } from '../importError.ts';
import { decodeFor, toPng } from '../pictures/samplePictures.ts';
import { type Warning, warning } from '../warning.ts';
import type { OtherAnswers } from './otherRuntime.ts';
import type { KnownAnswers } from './preparationTrials.ts';

/** Below the default score of a session, so that what is shown is compared, and above the noise. */
export const GOLDEN_MIN_SCORE = 0.3;
/** They run at each start; a few pictures show as much as many. */
const MAX_RECORDED = 6;

export interface Picture extends Decoded {
  readonly name: string;
  readonly thumbnail: string;
}

/**
 * The goldens of a model: those that came with it, recorded where it was trained, or what the model as it came gives
 * for our samples, on pixels prepared by hand.
 */
export async function goldensOf({
  hints,
  pictures,
  manifest,
  answer,
  other,
}: {
  hints: Hints;
  pictures: readonly Picture[];
  manifest: Manifest;
  /** What the model as it came gives for a picture, by its number. */
  answer(at: number): ModelAnswer;
  /** What the runtime that the model was made for gives. It is not asked where goldens came with the model. */
  other(own: readonly ModelAnswer[], minScore: number): Promise<OtherAnswers>;
}): Promise<{ records: VersionFiles['goldens']; recordedBy: string; warnings: readonly Warning[] }> {
  if (hints.goldens.length === 0) {
    const own = pictures.slice(0, MAX_RECORDED).map((_, at) => answer(at));
    const asked = await other(own, GOLDEN_MIN_SCORE);
    const recordedBy = asked.kind === 'agrees' ? asked.name : RUNTIME;
    const records = await Promise.all(
      pictures.slice(0, MAX_RECORDED).map(async ({ name, pixels }, at) => ({
        name: name.replace(/\.\w+$/, ''),
        image: await toPng(pixels, manifest.input),
        expected:
          (asked.kind === 'agrees' ? asked.goldens[at] : undefined) ??
          recordGolden(own[at] ?? answer(at), { recordedBy, minScore: GOLDEN_MIN_SCORE }),
      })),
    );
    return { records, recordedBy, warnings: warningsOf(asked) };
  }
  const records = await Promise.all(
    hints.goldens.map(async ({ name, image, expected }) => {
      const record = { name, image: await readFile(image), expected: await readGolden(expected) };
      await decodeFor(record.image, manifest.input, true).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new ImportError('malformed_source', aboutGraph('golden_picture', { name, why }), { cause });
      });
      return record;
    }),
  );
  return { records, recordedBy: records[0]?.expected.recordedBy ?? '', warnings: [] };
}

/** Where the other runtime could not be asked, who recorded the goldens says enough. */
function warningsOf(asked: OtherAnswers): readonly Warning[] {
  switch (asked.kind) {
    case 'differs':
      return [warning('other_runtime', warn('other_runtime_differs', { name: asked.name, why: asked.why }))];
    case 'failed':
      return [warning('other_runtime', warn('other_runtime_failed', { name: asked.name }))];
    default:
      return [];
  }
}

/** What goldens record, as answers to hold ways of preparing pictures against. */
export async function answersInGoldens(
  records: VersionFiles['goldens'],
  input: Manifest['input'],
): Promise<KnownAnswers> {
  const pictures = await Promise.all(
    records.map(async ({ image, expected }) => ({
      pixels: (await decodeFor(image, input, true)).pixels,
      isRight: (answer: ModelAnswer) => compareWithGolden(expected, answer).differences.length === 0,
    })),
  );
  return { kind: 'goldens', pictures };
}

async function readGolden(file: string): Promise<Golden> {
  try {
    return v.parse(Golden, JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ImportError('malformed_source', aboutGraph('golden_invalid', { file, why }), { cause });
  }
}
