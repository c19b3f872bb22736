import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import type { Manifest, ModelInput } from '../../../vision/manifest.ts';
import { versionOf } from '../../library/modelFolder.ts';
import { Decisions } from '../decide/decisions.ts';
import { type Hints, readHints, type Said } from '../decide/hints.ts';
import { learnLabels } from '../decide/labels/learnLabels.ts';
import { readLabelHints } from '../decide/labels/readLabelHints.ts';
import { adviseOpenSides } from '../decide/openSides.ts';
import { refineHead } from '../decide/outputs/refineHead.ts';
import { planArrangement } from '../decide/planArrangement.ts';
import { planFit } from '../decide/planFit.ts';
import { planPreparation } from '../decide/planPreparation.ts';
import { planReading } from '../decide/planReading.ts';
import { planWholePicture } from '../decide/planWholePicture.ts';
import { preparedTwice } from '../decide/preprocessing/preparedTwice.ts';
import { probe } from '../decide/probe.ts';
import { type Deployment, deploy, INPUT_NAME } from '../deploy/deploy.ts';
import { type Head, outputsOf } from '../deploy/heads/head.ts';
import { referenceAnswer } from '../deploy/heads/reference.ts';
import { idFrom, writeVersion } from '../deploy/writeVersion.ts';
import { ImportError } from '../importError.ts';
import { inspect } from '../onnx/inspect.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import type { Preparation } from '../onnx/preparation.ts';
import { type Arrangement, type Outputs, openSource, type SourceSession } from '../onnx/sourceSession.ts';
import { decodeFor, type Sample, samplePictures, thumbnailOf } from '../pictures/samplePictures.ts';
import { tryOut } from '../prove/dryRun.ts';
import { answersInNames, evidenceInDecisions, flatAnswers } from '../prove/preparationEvidence.ts';
import { tryPreparations } from '../prove/preparationTrials.ts';
import { answersInGoldens, goldensOf, type Picture } from '../prove/recordGoldens.ts';
import { stemOf } from '../sources/labelFiles.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import type { Warning } from '../warning.ts';
import { costInFreshProcess } from './costInFreshProcess.ts';
import type { ImportContext, Imported } from './importModel.ts';

/** What a session gets that does not ask, and the least that a detector tells. */
const MIN_SCORE = { floor: 0.1, default: 0.5 };
/** A classifier's best names are told even where it is not sure. */
const MIN_SCORE_WHOLE_PICTURE = { floor: 0, default: 0.2 };

/** A model of any format, as the ONNX graph that it is or became, and nothing added. */
export interface LoadedModel {
  readonly format: ImportReport['format'];
  readonly model: ModelProto;
  /** The file that holds the model as it came, for the runtime to open; absent where the model was made here. */
  readonly file?: string | undefined;
  /** What its format alone tells. */
  readonly said: Said;
  /** What holds where nothing else tells, such as files beside it. */
  readonly saidElse?: Said;
  readonly warnings?: readonly Warning[];
}

/** The way of every model once it is a graph: look, decide, deploy, prove, measure. @throws ImportError */
export async function importGraph(
  { format, model, file, said, saidElse = {}, warnings: warningsBefore = [] }: LoadedModel,
  source: SourceFiles & { entry: string },
  options: ImportOptions,
  { stagingDir, onProgress = () => {}, samples, measureCost = costInFreshProcess }: ImportContext,
): Promise<Imported> {
  const inspected = inspect(model);
  const named = await readLabelHints(source.dir, source.entry, inspected, options);
  const inspection = { ...inspected, metadata: named.metadata };
  const beside = await readHints(source.dir, source.entry, inspection.metadata);
  const hints = { ...beside, said: { ...named.said, ...beside.said, ...said } };
  const decisions = new Decisions(options, withSourceHints(hints, source));
  const planned = planArrangement(inspection, decisions);

  onProgress('Loading it');
  const session = await openSource(model, file);
  const { arrangement, shapes } = await firstRun(session, planned, decisions);
  const given = samples ?? (await samplePictures());
  const probed = await probe(session, arrangement, inspection, decisions, { grey: shapes, samples: given });
  const labelWarnings = learnLabels(decisions, hints.said, named, shapes, saidElse.labels);
  const found = planReading(inspection, arrangement, [shapes, ...probed], decisions, named.architectures);
  const fit = planFit(arrangement, found.head, decisions);
  const preparation = planPreparation(inspection, found, decisions);
  const input: ModelInput = { name: INPUT_NAME, ...fit, ...valuesOf(preparation, found.head) };

  onProgress('Trying it on samples');
  const pictures = await Promise.all(given.map((sample) => readSample(sample, input)));
  const outputs: Outputs[] = [];
  for (const { pixels } of pictures) outputs.push(await session.run(pixels, arrangement, preparation));

  if (found.head.kind === 'classification' || found.head.kind === 'embedding') {
    requireNumbers(found.head.output, pictures, outputs);
  }
  const reading = planWholePicture(found, outputs, inspection, arrangement, decisions);
  const { multiLabel, labels } = reading;
  let { head } = reading;
  // A config.json that is broken is so for whoever reads it.
  const isNews = (message: string) => labelWarnings.every((told) => told.message !== message);
  const warnings: Warning[] = [
    ...warningsBefore,
    ...labelWarnings,
    ...reading.warnings,
    ...[...hints.warnings.filter(isNews), ...preparedTwice(inspection.takes, preparation)].map((message) => ({
      code: 'preprocessing' as const,
      message,
    })),
  ];
  if (head.kind === 'detection') {
    head = refineHead(head, outputs, arrangement);
  }
  if (head.kind === 'detection' || head.kind === 'deployed') {
    if (head.classes === 0) {
      throw new ImportError(
        'needs_options',
        'The model tells classes by number, and nothing says how many there are. Give the labels, a line each (--labels).',
      );
    }
  }
  const isDetector = reading.task === 'object-detection';
  const usual = isDetector ? MIN_SCORE : MIN_SCORE_WHOLE_PICTURE;
  const minScore = {
    floor: Math.min(usual.floor, decisions.known('minScore') ?? 1),
    default: decisions.choose('minScore', { value: usual.default, how: 'assumed', why: 'usual here' }),
  };
  const license = decisions.choose('license', {
    value: 'NOASSERTION',
    how: 'assumed',
    why: 'no licence came with it',
  });
  const name = decisions.choose('name', {
    value: nameFrom(source),
    how: 'inferred',
    why: 'the name that it came with',
  });
  const id = decisions.choose('id', { value: idFrom(name), how: 'inferred', why: 'from its name' });

  onProgress('Writing the deployed graph');
  const deployment: Deployment = { ...arrangement, preparation, head, minScore: minScore.floor };
  const graph = deploy(model, inspection.opset, deployment);
  const manifest: Manifest = {
    schema: 1,
    id,
    name,
    description: `Imported from ${source.description}.`.slice(0, 500),
    task: reading.task,
    ...(multiLabel ? { multiLabel } : {}),
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(graph).digest('hex') },
    ...(labels.length > 0 ? { labels: 'labels.txt' } : {}),
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
  const goldens = await goldensOf({
    hints,
    pictures,
    manifest,
    answer: (at) => referenceAnswer(head, outputs[at] ?? new Map(), { labels, minScore: minScore.floor }),
  });
  const licenseFile =
    hints.licenseFile && path.join(source.dir, path.dirname(source.entry), hints.licenseFile);
  const hinted = source.hints?.licenseFile && path.join(source.dir, source.hints.licenseFile);
  const written = await writeVersion(stagingDir, {
    manifest,
    graph,
    labels,
    goldens: goldens.records,
    licenseFile: hinted ?? licenseFile,
  });

  onProgress('Comparing it with the model as it came');
  const tried = await tryOut(stagingDir, written, labels, goldens.records, pictures);
  warnings.push(...tried.warnings);
  warnings.push(...flatAnswers(outputs, outputsOf(head)));
  const hasGoldens = hints.goldens.length > 0;
  const doGoldensAgree = hasGoldens && tried.warnings.length === 0;
  const known = doGoldensAgree
    ? undefined
    : hasGoldens
      ? await answersInGoldens(goldens.records, input)
      : samples && answersInNames(pictures, labels);
  if (known) onProgress('Comparing ways to prepare pictures');
  const trial =
    known &&
    (await tryPreparations({
      way: { arrangement, preparation },
      known,
      decisions,
      isLayoutSure: inspection.image.layout.isSure,
      ask: async (pixels, way) =>
        referenceAnswer(head, await session.run(pixels, way.arrangement, way.preparation), {
          labels,
          minScore: minScore.floor,
        }),
    }));
  if (trial) warnings.push(...trial.warnings);
  await session.close();
  onProgress('Measuring what it costs');
  const cost = await measureCost(stagingDir);
  const report: ImportReport = {
    format,
    source: source.description,
    id,
    name,
    version: versionOf(written, labels),
    task: reading.task,
    inputs: inspection.inputs.map((port) => ({ ...port, shape: [...port.shape] })),
    outputs: inspection.outputs.map((port) => ({ ...port, shape: [...port.shape] })),
    ...(reading.dropped.length > 0 ? { dropped: reading.dropped } : {}),
    opset: inspection.opset,
    graphBytes: graph.byteLength,
    parameters: inspection.parameters,
    license,
    labelCount: labels.length,
    firstLabels: labels.slice(0, 5),
    decisions: decisions.list(),
    samples: tried.samples,
    evidence:
      trial?.evidence ??
      (doGoldensAgree && isOutsideReference(goldens.recordedBy)
        ? { kind: 'goldens', right: goldens.records.length, of: goldens.records.length }
        : evidenceInDecisions(decisions.list())),
    warnings,
    cost,
    goldens: { count: goldens.records.length, recordedBy: goldens.recordedBy, ...tried.goldens },
  };
  return { report, manifest: written };
}

/** What the graph does to values, for a reader. What a graph of another Livelens does, it does not tell. */
function valuesOf({ channels, scale, mean, std }: Preparation, { kind }: Head): Pick<ModelInput, 'values'> {
  return kind === 'deployed' ? {} : { values: { channels, scale, mean: [...mean], std: [...std] } };
}

async function readSample({ name, image }: Sample, input: ModelInput): Promise<Picture> {
  try {
    return { name, ...(await decodeFor(image, input)), thumbnail: await thumbnailOf(image) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ImportError(
      'malformed_source',
      `The sample picture "${name}" cannot be read: ${why} JPEG, PNG and WebP can be.`,
      { cause },
    );
  }
}

/** What is no number can be no score, and no golden either. */
function requireNumbers(output: string, pictures: readonly Picture[], outputs: readonly Outputs[]): void {
  const at = outputs.findIndex((one) => !one.get(output)?.data.every(Number.isFinite));
  if (at < 0) return;
  throw new ImportError(
    'unrunnable',
    `The model gives no finite numbers for the sample picture "${pictures[at]?.name}". Export it in float32, or say how pixels are prepared (--scale, --mean, --std).`,
  );
}

/** Runs the model on grey, for the shapes of its outputs. A layout that nobody told must at least run. */
async function firstRun(session: SourceSession, arrangement: Arrangement, decisions: Decisions) {
  const { image, layout, width, height } = arrangement;
  const grey = new Uint8Array(width * height * 3).fill(114);
  const plain = { channels: 'RGB', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  try {
    return { arrangement, shapes: await session.run(grey, arrangement, plain) };
  } catch (cause) {
    const isLayoutKnown = image.layout.isSure || decisions.known('layout') !== undefined;
    const advised = adviseOpenSides(cause, arrangement, isLayoutKnown, decisions);
    if (isLayoutKnown) throw advised;
    const other: Arrangement = { ...arrangement, layout: layout === 'NCHW' ? 'NHWC' : 'NCHW' };
    const shapes = await session.run(grey, other, plain).catch(() => {
      throw advised;
    });
    decisions.rule('layout', other.layout, 'the graph fails on the other');
    return { arrangement: other, shapes };
  }
}

function withSourceHints({ said }: Hints, { hints }: SourceFiles): Said {
  const why = 'where it came from';
  return {
    ...said,
    ...(hints?.name ? { name: { value: hints.name.slice(0, 80), why } } : {}),
    ...(hints?.license ? { license: { value: hints.license, why } } : {}),
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
