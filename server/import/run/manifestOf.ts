import { createHash } from 'node:crypto';
import path from 'node:path';
import { reason } from '../../../protocol/sentences/decisions.ts';
import type { ModelInput, SingleGraphManifest } from '../../../vision/manifest.ts';
import type { Decisions } from '../decide/decisions.ts';
import type { Reading } from '../decide/planReading.ts';
import { idFrom } from '../deploy/writeVersion.ts';
import { stemOf } from '../sources/labelFiles.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';

/** The score of a session that names none, and the lowest score that a detector reports. */
const MIN_SCORE = { floor: 0.1, default: 0.5 };
/** Of one thing that fills the picture, where nothing else says that it is there: the mean of its surer points, which no model is trained to make high. */
const MIN_SCORE_ONE_POSE = { floor: 0.1, default: 0.3 };
/** A classifier's best names are shown even where it is not sure. */
const MIN_SCORE_WHOLE_PICTURE = { floor: 0, default: 0.2 };

type Source = SourceFiles & { entry: string };

/** What a model is called, under which licence, and from which score on it reports. */
export interface ModelNames {
  readonly id: string;
  readonly name: string;
  readonly license: string;
  readonly minScore: SingleGraphManifest['minScore'];
}

export function nameModel(
  { task, head }: Pick<Reading, 'task' | 'head'>,
  source: Source,
  decisions: Decisions,
): ModelNames {
  const isOnePose = head.kind === 'keypoints' && head.boxes === undefined && head.presence === undefined;
  const hasBoxes =
    task === 'object-detection' || task === 'instance-segmentation' || task === 'keypoint-detection';
  const usual = isOnePose ? MIN_SCORE_ONE_POSE : hasBoxes ? MIN_SCORE : MIN_SCORE_WHOLE_PICTURE;
  const minScore = {
    floor: Math.min(usual.floor, decisions.known('minScore') ?? 1),
    default: decisions.choose('minScore', {
      value: usual.default,
      how: 'assumed',
      why: reason('usual_min_score'),
    }),
  };
  const license = decisions.choose('license', {
    value: 'NOASSERTION',
    how: 'assumed',
    why: reason('no_license'),
  });
  const name = decisions.choose('name', {
    value: nameFrom(source),
    how: 'inferred',
    why: reason('source_name'),
  });
  const id = decisions.choose('id', { value: idFrom(name), how: 'inferred', why: reason('from_name') });
  return { id, name, license, minScore };
}

/** The manifest of a new version, without what its files decide. */
export function manifestOf({
  named: { id, name, license, minScore },
  reading,
  input,
  graph,
  source,
}: {
  named: ModelNames;
  reading: Reading;
  input: ModelInput;
  /** The bytes of the deployed graph. */
  graph: Uint8Array;
  source: Source;
}): SingleGraphManifest {
  const { task } = reading;
  return {
    schema: 1,
    id,
    name,
    description: `Imported from ${source.description}.`.slice(0, 500),
    task,
    ...(reading.multiLabel ? { multiLabel: true } : {}),
    ...(reading.head.kind === 'keypoints' ? { points: reading.head.layout } : {}),
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(graph).digest('hex') },
    ...(reading.labels.length > 0 ? { labels: 'labels.txt' } : {}),
    input,
    minScore,
    goldens: [],
    license: { spdx: license },
    provenance: {
      source: source.hints?.addedFrom ?? source.description,
      ...(source.hints?.integrity ? { integrity: source.hints.integrity } : {}),
      addedAt: new Date().toISOString(),
    },
  };
}

/** `models/cats.onnx` is called cats; `model.onnx` by the folder that it lies in. */
function nameFrom({ dir, entry }: SourceFiles & { entry: string }): string {
  const stem = stemOf(entry);
  return (
    (/^model$/i.test(stem) ? path.basename(path.dirname(path.join(dir, entry))) : stem).slice(0, 80) ||
    'model'
  );
}
