import { createLabelTracker, type Ids, type LabelTracker } from '../../vision/labelTracker.ts';
import { findIfServed } from '../serving/findServed.ts';
import type { ModelDirectory, ServedModel } from '../serving/modelDirectory.ts';
import type { Resumable } from './resumeToken.ts';

/** A model of a session, with what it shows now. */
export type ModelTracker = LabelTracker<ServedModel>;

/** The models of a session. The first is the session's model; the others are secondary, and get a frame now and then. */
export type SelectedModels = readonly [ModelTracker, ...ModelTracker[]];

/** What a session asks for; what is left out stays. */
export interface Selection {
  model?: ServedModel | undefined;
  secondary?: readonly ServedModel[] | undefined;
  minScore?: number | undefined;
}

const secondaryTracker = (model: ServedModel, ids: Ids): ModelTracker =>
  createLabelTracker(model, model.manifest.minScore.default, ids);

/** The models that a session begins with; it goes on with the labels of the one that it resumes. */
export function firstSelection(
  { model, secondary, minScore }: { model: ServedModel; secondary: readonly ServedModel[]; minScore: number },
  ids: Ids,
  resumed: Resumable | undefined,
): SelectedModels {
  const seed = resumed?.model === model.manifest.id ? resumed.things : [];
  return [
    createLabelTracker(model, minScore, ids, seed),
    ...secondary.map((each) => secondaryTracker(each, ids)),
  ];
}

/** The models of a session after it asked for others; those that stay keep their labels. */
export function select(current: SelectedModels, selection: Selection, ids: Ids): SelectedModels {
  const [previous, ...secondary] = current;
  const { model = previous.model } = selection;
  const isOther = model.manifest.id !== previous.model.manifest.id;
  const minScore = selection.minScore ?? (isOther ? model.manifest.minScore.default : previous.minScore);
  // Ids go on counting: a thing of the new model must not get the number of one of the old.
  const first = isSame(model, previous.model) ? previous : createLabelTracker(model, minScore, ids);
  if (minScore !== first.minScore) first.setMinScore(minScore);
  const requested = selection.secondary?.map(
    (each) => secondary.find((tracker) => isSame(tracker.model, each)) ?? secondaryTracker(each, ids),
  );
  return [first, ...(requested ?? secondary)];
}

/**
 * What a session has to select after other versions went live, or a model was removed: it goes on with what there is.
 * @returns undefined where nothing changed for it
 */
export function selectionOfServed(
  current: SelectedModels,
  models: Pick<ModelDirectory, 'find'>,
): Selection | undefined {
  const served = ({ model }: ModelTracker) => findIfServed(models, model.manifest.id);
  if (current.every((tracker) => isSame(served(tracker), tracker.model))) return undefined;
  const [first, ...secondary] = current;
  return {
    model: served(first) ?? models.find(undefined),
    secondary: secondary.flatMap((tracker) => served(tracker) ?? []),
  };
}

/** Whether both give the same answers. */
const isSame = (a: ServedModel | undefined, b: ServedModel) =>
  a?.manifest.id === b.manifest.id && a.version === b.version;
