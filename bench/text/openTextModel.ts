import { readRgb } from '../../models/build/goldens.ts';
import { openModel } from '../../server/inference/model.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import type { StreamMemory } from '../../vision/tasks/task.ts';
import type { TextAnswer } from '../../vision/tasks/textRecognition.ts';

/** The shipped model on one thread, from the bytes of a picture to its lines of the default score. */
export async function openTextModel(): Promise<{
  /** @param memory of a stream; absent for a single picture */
  read(image: Uint8Array, memory?: StreamMemory): Promise<TextAnswer['lines']>;
}> {
  const folder = await readModelFolder('models/text');
  const model = await openModel(folder, 1);
  return {
    async read(image, memory) {
      const { data, widthPx: width, heightPx: height } = await readRgb(image);
      const answer = await model.run(data, { width, height }, { memory });
      return answer.task === 'text-recognition'
        ? answer.lines.filter(({ score }) => score >= folder.manifest.minScore.default)
        : [];
    },
  };
}
