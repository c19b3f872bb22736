import type { ImportReport } from '../../protocol/models.ts';
import { formatBytes } from '../../vision/formatBytes.ts';
import { isOutsideReference } from '../../vision/golden.ts';
import { givesLabels } from '../../vision/tasks/taskOf.ts';
import { decisionsText } from './decisionsText.ts';
import { toFlags } from './importFlags.ts';
import { columns, detailLines, inDigits, inMs, inNumber, JSON_HAS_ALL } from './words.ts';

/** What was found, decided and measured, for a person who accepts or refuses it. */
export function reportText(report: ImportReport): string {
  const { inputs, outputs, cost, goldens, samples, warnings } = report;
  const port = ({ name, dtype, shape }: ImportReport['inputs'][number]) =>
    `${name}  ${dtype} [${shape.join(', ')}]`;
  const opset = report.opset === undefined ? '' : `, opset ${report.opset}`;
  const parts = [
    `${report.name}  (${report.id}@${report.version})`,
    columns([
      ['  from', report.source],
      [
        '  format',
        `${report.format}${opset}, ${formatBytes(report.graphBytes)}, ${inNumber(report.parameters, 'parameter')}`,
      ],
      ...inputs.map((one, i) => [i === 0 ? '  input' : '', port(one)]),
      ...outputs.map((one, i) => [i === 0 ? '  output' : '', port(one)]),
      ['  labels', labelsText(report)],
      ['  licence', report.license === 'NOASSERTION' ? 'not stated (NOASSERTION)' : report.license],
      [
        '  cost',
        `${inMs(cost.inferMs)} per picture on one core, ${formatBytes(cost.memoryBytes)} of memory, loads in ${inMs(cost.loadMs)}`,
      ],
      ['  goldens', goldensText(goldens)],
    ]),
  ];
  if (report.prompts)
    parts.push(`Words, as they are read:\n${report.prompts.map((one) => `  "${one}"`).join('\n')}`);
  // A model folder comes with all of them.
  if (report.decisions.length > 0) parts.push(`Decisions:\n${decisionsText(report.decisions)}`);
  if (samples.length > 0) {
    parts.push(
      `Answers for the sample pictures:\n${columns(
        samples.map(({ name, labels }) => [
          `  ${name}`,
          labels
            .slice(0, 4)
            .map(({ label, score }) => `${label} ${score.toFixed(2)}`)
            .join(', ') || (givesLabels(report.task) ? 'nothing' : 'a vector without labels'),
        ]),
      )}`,
    );
  }
  if (report.dropped) {
    parts.push(`Unused outputs:\n${columns(report.dropped.map(({ name, why }) => [`  ${name}`, why]))}`);
  }
  if (report.evidence) parts.push(`Preprocessing: ${evidenceText(report.evidence)}`);
  if (warnings.length > 0) {
    parts.push(
      `Warnings:\n${warnings
        .map(
          ({ message, details, suggestion }) =>
            `  ! ${[message, ...detailLines(details, '      ', JSON_HAS_ALL)].join('\n')}${suggestion ? `\n    Try: ${toFlags(suggestion)}` : ''}`,
        )
        .join('\n')}`,
    );
  }
  return parts.join('\n\n');
}

const PROOF =
  'pictures named after labels (--samples DIR with five or more, such as cat-1.jpg), goldens that its framework recorded, or its preprocessor_config.json next to the model; see docs/importing.md';

/** What proves how pictures are prepared; how sure a model is of its answers does not. */
function evidenceText({ kind, right = 0, of = 0 }: NonNullable<ImportReport['evidence']>): string {
  switch (kind) {
    case 'goldens':
      return `${right} of ${of} goldens agree.`;
    case 'named pictures':
      return `${right} of ${of} pictures that are named after labels get their label.`;
    case 'published':
      return 'as declared by the files of the model.';
    case 'graph':
      return 'as the first ops of the graph require.';
    case 'given':
      return `as you specified. Not proven yet; proof would be ${PROOF}.`;
    case 'none':
      return `assumed. Not proven yet; proof would be ${PROOF}.`;
    default:
      return kind satisfies never;
  }
}

function labelsText({ labelCount, firstLabels }: ImportReport): string {
  if (labelCount === 0) return 'none';
  return `${labelCount.toLocaleString('en')}: ${firstLabels.join(', ')}${labelCount > firstLabels.length ? ', …' : ''}`;
}

/** What goldens are worth that the importer recorded itself: they find what changes later, not what is wrong now. */
export const NO_REFERENCE = 'no reference images to check against; only consistency is checked';

function goldensText({ count, recordedBy, largestDifference, sameTop }: ImportReport['goldens']): string {
  if (count === 0) return 'none';
  if (!isOutsideReference(recordedBy)) return NO_REFERENCE;
  const found = largestDifference === undefined ? '' : `; largest difference ${inDigits(largestDifference)}`;
  const top = sameTop === undefined ? '' : `, same top label in ${sameTop}`;
  return `${count} by ${recordedBy}${top}${found}`;
}
