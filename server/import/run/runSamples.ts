import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import type { ModelInput } from '../../../vision/manifest.ts';
import type { Head } from '../deploy/heads/head.ts';
import { ImportError } from '../importError.ts';
import type { Preparation } from '../onnx/preparation.ts';
import type { Arrangement, Outputs, SourceSession } from '../onnx/sourceSession.ts';
import { decodeFor, readable, type Sample, thumbnailOf } from '../pictures/samplePictures.ts';
import type { Picture } from '../prove/recordGoldens.ts';

/**
 * The sample pictures at the size of the input, and what the model as it came gives for each.
 * @throws ImportError `malformed_source` for a picture that cannot be read, `unrunnable`
 */
export async function runSamples(
  samples: readonly Sample[],
  input: ModelInput,
  head: Head,
  run: { session: SourceSession; arrangement: Arrangement; preparation: Preparation },
): Promise<{ pictures: readonly Picture[]; outputs: readonly Outputs[] }> {
  const { session, arrangement, preparation } = run;
  const pictures = await Promise.all(samples.map((sample) => readSample(sample, input)));
  const outputs: Outputs[] = [];
  for (const { pixels } of pictures) outputs.push(await session.run(pixels, arrangement, preparation));
  if (head.kind === 'classification' || head.kind === 'embedding') {
    requireNumbers(head.output, pictures, outputs);
  }
  return { pictures, outputs };
}

const readSample = ({ name, image }: Sample, input: ModelInput): Promise<Picture> =>
  readable(name, async () => ({
    name,
    ...(await decodeFor(image, input)),
    thumbnail: await thumbnailOf(image),
  }));

/** What is no number can be no score, and no golden either. */
function requireNumbers(output: string, pictures: readonly Picture[], outputs: readonly Outputs[]): void {
  const at = outputs.findIndex((one) => !one.get(output)?.data.every(Number.isFinite));
  if (at < 0) return;
  throw new ImportError('unrunnable', aboutGraph('not_finite', { name: pictures[at]?.name ?? '' }));
}
