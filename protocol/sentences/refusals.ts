import { sentencesOf } from '../sentence.ts';

/** Why a version of a model does not serve: what its goldens or its trial say against it. */
export const REFUSALS = {
  goldens_disagree:
    'It does not answer as {when}: {count} of {of} recorded pictures {count|differs|differ}, the worst is {picture}: {worst}.',
  when_trained: 'where it was trained',
  when_imported: 'when it was imported',
  worst_score: '{label} {recorded} recorded, {found} here',
  worst_gone: '{label} {recorded} recorded, none here',
  worst_new: '{label} is not recorded, {found} here',
  worst_boxes: 'boxes lie elsewhere, or are more or fewer',
  worst_points: 'boxes or key points lie elsewhere, or are more or fewer',
  worst_masks: 'the outline of {label} lies elsewhere',
  worst_text: '"{text}" recorded, not read here',
  worst_things: 'the vector of a region turned away: cosine {cosine}',
  label_number: 'label {number}',
  trial_memory: 'It takes {takes} MiB of memory, MODELS_MEMORY_MB allows {allows}.',
  trial_failed: 'It failed on a live frame that the previous version can read.',
  trial_slower:
    'It takes {after} ms a picture where the version that serves takes {before}; at most {times} times as long is allowed (MODEL_MAX_SLOWDOWN).',
  not_undone: '{why} It could not be rolled back on the disk either, where the next start finds it: {reason}',
  was_not_loaded: 'It was not loaded.',
} as const;

export const refusal = sentencesOf(REFUSALS);
