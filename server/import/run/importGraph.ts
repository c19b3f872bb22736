import path from 'node:path';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Sentence } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutOutputs } from '../../../protocol/sentences/outputs.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import type { ModelInput } from '../../../vision/manifest.ts';
import { versionOf } from '../../library/modelFolder.ts';
import { Decisions } from '../decide/decisions.ts';
import { type Declared, type Hints, readHints } from '../decide/hints.ts';
import { learnLabels } from '../decide/labels/learnLabels.ts';
import { readLabelHints } from '../decide/labels/readLabelHints.ts';
import { refineKeypoints } from '../decide/outputs/keypoints/findKeypoints.ts';
import { refineHead } from '../decide/outputs/refineHead.ts';
import { planArrangement } from '../decide/planArrangement.ts';
import { planFit } from '../decide/planFit.ts';
import { planPreparation } from '../decide/planPreparation.ts';
import type { Reading } from '../decide/planReading.ts';
import { planReading } from '../decide/planReading.ts';
import { planWholePicture } from '../decide/planWholePicture.ts';
import { preparedTwice } from '../decide/preprocessing/preparedTwice.ts';
import { probe } from '../decide/probe.ts';
import { type Deployment, deploy, INPUT_NAME } from '../deploy/deploy.ts';
import { type Head, outputsOf } from '../deploy/heads/head.ts';
import { plainAnswer } from '../deploy/heads/plainAnswer.ts';
import { writeVersion } from '../deploy/writeVersion.ts';
import { ImportError } from '../importError.ts';
import { fillInputs } from '../onnx/filledInputs.ts';
import type { Inspection } from '../onnx/inspect.ts';
import { inspect } from '../onnx/inspect.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import type { Preparation } from '../onnx/preparation.ts';
import { type Outputs, openSource } from '../onnx/sourceSession.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { dryRun, goldenPictures } from '../prove/dryRun.ts';
import { askOther, type OtherRuntime } from '../prove/otherRuntime.ts';
import { answersInNames, evidenceInDecisions, flatAnswers } from '../prove/preparationEvidence.ts';
import { tryPreparations } from '../prove/preparationTrials.ts';
import { answersInGoldens, goldensOf } from '../prove/recordGoldens.ts';
import { openCompanions } from '../sources/companionFiles.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { type Warning, warning } from '../warning.ts';
import type { LoadedWords } from '../words/loadWords.ts';
import { writeWords } from '../words/writeWords.ts';
import { costInFreshProcess } from './costInFreshProcess.ts';
import { firstRun } from './firstRun.ts';
import type { ImportContext, Imported } from './importModel.ts';
import { type ModelNames, manifestOf, nameModel } from './manifestOf.ts';
import { runSamples } from './runSamples.ts';

/** A model of any format, as the ONNX graph that it is or became, and nothing added. */
export interface LoadedModel {
  readonly format: ImportReport['format'];
  readonly model: ModelProto;
  /** The file that holds the model as it came, for the runtime to open; absent where the model was made here. */
  readonly file?: string | undefined;
  /** What its format alone declares. */
  readonly declared: Declared;
  /** Used where nothing else declares it, such as files next to it. */
  readonly fallback?: Declared;
  readonly warnings?: readonly Warning[];
  /** Runs the file as it came; absent where the file is what runs here. */
  readonly other?: OtherRuntime | undefined;
  /** Of a model that looks for words: its labels are those, and are declared. */
  readonly words?: LoadedWords;
}

/** The way of every model once it is a graph: look, decide, deploy, prove, measure. @throws ImportError */
export async function importGraph(
  { format, model, file, declared, fallback = {}, warnings: warningsBefore = [], other, words }: LoadedModel,
  source: SourceFiles & { entry: string },
  options: ImportOptions,
  { stagingDir, onProgress = () => {}, samples, measureCost = costInFreshProcess }: ImportContext,
): Promise<Imported> {
  const inspected = inspect(model);
  const companions = await openCompanions(source.dir, source.entry);
  const labelled = await readLabelHints(companions, path.basename(source.entry), inspected, options);
  const inspection = { ...inspected, metadata: labelled.metadata };
  const fileHints = await readHints(source.dir, companions, inspection.metadata);
  const hints = { ...fileHints, declared: { ...labelled.declared, ...fileHints.declared, ...declared } };
  // Words may be given with spaces around them, or twice; they were read without.
  const cleaned = words && options.labels ? { ...options, labels: [...words.labels] } : options;
  const decisions = new Decisions(cleaned, withSourceHints(hints, source));
  const planned = planArrangement(inspection, decisions);

  onProgress(progress('loads'));
  fillInputs(model.graph ?? {}, inspection.filled, planned);
  const session = await openSource(model, inspection.filled.length > 0 ? undefined : file);
  const { arrangement, shapes } = await firstRun(session, planned, decisions);
  const given = samples ?? (await samplePictures());
  const probed = await probe(session, arrangement, inspection, decisions, { grey: shapes, samples: given });
  const labelWarnings = words
    ? []
    : learnLabels(decisions, hints.declared, labelled, shapes, fallback.labels);
  const found = planReading(inspection, arrangement, [shapes, ...probed], decisions, labelled.architectures);
  const fit = planFit(arrangement, found.head, decisions);
  const preparation = planPreparation(inspection, found, decisions);
  const input: ModelInput = { name: INPUT_NAME, ...fit, ...valuesOf(preparation, found.head) };

  onProgress(progress('tries_samples'));
  const run = { session, arrangement, preparation };
  const { pictures, outputs } = await runSamples(given, input, found.head, run);
  const reading = planWholePicture(found, outputs, inspection, arrangement, decisions);
  const { labels } = reading;
  let { head } = reading;
  // A broken config.json is reported by both readers.
  const isNew = ({ text }: Sentence) => labelWarnings.every(({ message }) => message !== text);
  const warnings: Warning[] = [
    ...warningsBefore,
    ...labelWarnings,
    ...reading.warnings,
    ...[...hints.warnings.filter(isNew), ...preparedTwice(inspection.takes, preparation)].map((sentence) =>
      warning('preprocessing', sentence),
    ),
  ];
  if (head.kind === 'detection') {
    head = refineHead(head, outputs, arrangement);
  }
  if (words?.family === 'owl' && head.kind === 'detection' && head.head === 'detr') {
    head = { ...head, bestClassAlone: true };
  }
  if (head.kind === 'keypoints') head = refineKeypoints(head, outputs, arrangement);
  if (head.kind === 'detection' || head.kind === 'deployed') {
    if (head.classes === 0) {
      throw new ImportError('needs_options', aboutOutputs('classes_uncounted'));
    }
  }
  const named = nameModel(reading, source, decisions);
  const { minScore } = named;

  onProgress(progress('writes'));
  const deployment: Deployment = { ...arrangement, preparation, head, minScore: minScore.floor };
  const graph = deploy(model, inspection.opset, deployment);
  const kept = words && (await writeWords(stagingDir, words, deployment, inspection));
  const manifest = { ...manifestOf({ named, reading, input, graph, source }), ...(kept && { words: kept }) };
  const read = (one: Outputs) => plainAnswer(head, one, { labels, minScore: minScore.floor });
  const goldens = await goldensOf({
    hints,
    pictures,
    manifest,
    answer: (at) => read(outputs[at] ?? new Map()),
    other: (own, least) => {
      const pixels = pictures.slice(0, own.length).map((picture) => picture.pixels);
      const ask = (runtime: OtherRuntime) => runtime.run(pixels, arrangement, preparation, outputs);
      return askOther(other, own, ask, read, least);
    },
  });
  warnings.push(...goldens.warnings);
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

  const hasGoldens = hints.goldens.length > 0;
  // Two copies of a large model are the most memory that an import takes: one is let go where no trial needs it.
  if (!hasGoldens && !samples) await session.close();

  onProgress(progress('compares_original'));
  const tried = await dryRun(stagingDir, written, labels, goldenPictures(goldens.records, written), pictures);
  warnings.push(...tried.warnings);
  warnings.push(...flatAnswers(outputs, outputsOf(head)));
  const doGoldensAgree = hasGoldens && tried.warnings.length === 0;
  const known = doGoldensAgree
    ? undefined
    : hasGoldens
      ? await answersInGoldens(goldens.records, input)
      : samples && answersInNames(pictures, labels);
  if (known) onProgress(progress('compares_preparations'));
  const trial =
    known &&
    (await tryPreparations({
      setup: { arrangement, preparation },
      known,
      decisions,
      isLayoutSure: inspection.image.layout.isSure,
      answer: async (pixels, setup) =>
        plainAnswer(head, await session.run(pixels, setup.arrangement, setup.preparation), {
          labels,
          minScore: minScore.floor,
        }),
    }));
  if (trial) warnings.push(...trial.warnings);
  if (hasGoldens || samples) await session.close();
  onProgress(progress('measures'));
  const cost = await measureCost(stagingDir);
  const evidence =
    trial?.evidence ??
    (doGoldensAgree && isOutsideReference(goldens.recordedBy)
      ? ({ kind: 'goldens', right: goldens.records.length, of: goldens.records.length } as const)
      : evidenceInDecisions(decisions.list()));
  const report: ImportReport = {
    format,
    source: source.description,
    ...describeModel(inspection, named, reading),
    ...(words && { prompts: [...words.prompts] }),
    version: versionOf(written, labels),
    graphBytes: graph.byteLength,
    decisions: decisions.list(),
    samples: tried.samples,
    evidence,
    warnings,
    cost,
    goldens: { count: goldens.records.length, recordedBy: goldens.recordedBy, ...tried.goldens },
  };
  return { report, manifest: written };
}

/** What a report says of the model as it came, and of what it is here. */
function describeModel(inspection: Inspection, { id, name, license }: ModelNames, reading: Reading) {
  const { inputs, outputs, opset, parameters } = inspection;
  const { task, dropped, labels } = reading;
  return {
    id,
    name,
    task,
    inputs: inputs.map((port) => ({ ...port, shape: [...port.shape] })),
    outputs: outputs.map((port) => ({ ...port, shape: [...port.shape] })),
    ...(dropped.length > 0 ? { dropped } : {}),
    opset,
    parameters,
    license,
    labelCount: labels.length,
    firstLabels: labels.slice(0, 5),
  };
}

/** What the graph does to values, for a reader. A graph of another Livelens does not say what it does. */
function valuesOf({ channels, scale, mean, std }: Preparation, { kind }: Head): Pick<ModelInput, 'values'> {
  return kind === 'deployed' ? {} : { values: { channels, scale, mean: [...mean], std: [...std] } };
}

function withSourceHints({ declared }: Hints, { hints }: SourceFiles): Declared {
  const why = reason('source');
  return {
    ...declared,
    ...(hints?.name ? { name: { value: hints.name.slice(0, 80), why } } : {}),
    ...(hints?.license ? { license: { value: hints.license, why } } : {}),
  };
}
