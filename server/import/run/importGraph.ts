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
import { referenceAnswer } from '../deploy/heads/reference.ts';
import { writeVersion } from '../deploy/writeVersion.ts';
import { ImportError } from '../importError.ts';
import type { Inspection } from '../onnx/inspect.ts';
import { inspect } from '../onnx/inspect.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import type { Preparation } from '../onnx/preparation.ts';
import { openSource } from '../onnx/sourceSession.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { dryRun, goldenPictures } from '../prove/dryRun.ts';
import { answersInNames, evidenceInDecisions, flatAnswers } from '../prove/preparationEvidence.ts';
import { tryPreparations } from '../prove/preparationTrials.ts';
import { answersInGoldens, goldensOf } from '../prove/recordGoldens.ts';
import { openCompanions } from '../sources/companionFiles.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { type Warning, warning } from '../warning.ts';
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
}

/** The way of every model once it is a graph: look, decide, deploy, prove, measure. @throws ImportError */
export async function importGraph(
  { format, model, file, declared, fallback = {}, warnings: warningsBefore = [] }: LoadedModel,
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
  const decisions = new Decisions(options, withSourceHints(hints, source));
  const planned = planArrangement(inspection, decisions);

  onProgress(progress('loads'));
  const session = await openSource(model, file);
  const { arrangement, shapes } = await firstRun(session, planned, decisions);
  const given = samples ?? (await samplePictures());
  const probed = await probe(session, arrangement, inspection, decisions, { grey: shapes, samples: given });
  const labelWarnings = learnLabels(decisions, hints.declared, labelled, shapes, fallback.labels);
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
  if (head.kind === 'detection' || head.kind === 'deployed') {
    if (head.classes === 0) {
      throw new ImportError('needs_options', aboutOutputs('classes_uncounted'));
    }
  }
  const named = nameModel(reading.task, source, decisions);
  const { minScore } = named;

  onProgress(progress('writes'));
  const deployment: Deployment = { ...arrangement, preparation, head, minScore: minScore.floor };
  const graph = deploy(model, inspection.opset, deployment);
  const manifest = manifestOf({ named, reading, input, graph, source });
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

  onProgress(progress('compares_original'));
  const tried = await dryRun(stagingDir, written, labels, goldenPictures(goldens.records, written), pictures);
  warnings.push(...tried.warnings);
  warnings.push(...flatAnswers(outputs, outputsOf(head)));
  const hasGoldens = hints.goldens.length > 0;
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
        referenceAnswer(head, await session.run(pixels, setup.arrangement, setup.preparation), {
          labels,
          minScore: minScore.floor,
        }),
    }));
  if (trial) warnings.push(...trial.warnings);
  await session.close();
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
