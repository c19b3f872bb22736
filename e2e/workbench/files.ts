import { DeviceError } from '../../app/device/runtime/deviceSession.ts';
import type { DeviceModel } from '../../vision/deviceModel.ts';
import { type PictureAnswer, taskOf } from '../../vision/tasks/taskOf.ts';
import type { Detection } from '../../vision/tracker.ts';

/** All that a device needs of a model. */
export async function fetchModel(id = 'coco-ssd'): Promise<DeviceModel> {
  const response = await fetch(`/workbench/models/${id}.json`);
  if (!response.ok) throw new DeviceError('no_model', `There is no model "${id}".`);
  return response.json();
}

export async function load(sha256: string): Promise<ArrayBuffer> {
  return (await fetch(`/workbench/files/${sha256}`)).arrayBuffer();
}

/** What an answer shows; undefined where the picture was not processed. */
export const labelsOf = (answer: PictureAnswer | undefined): readonly Detection[] | undefined =>
  answer && taskOf(answer.task).labelsOf(answer);

/** A picture as a camera gives it. */
export async function picture(path: string): Promise<ImageBitmap> {
  return createImageBitmap(await (await fetch(path)).blob());
}
