import type { QuantizationReport, VersionAgreement } from '../../protocol/quantization.ts';
import { formatBytes } from '../../vision/formatBytes.ts';
import { columns, detailLines, inDigits, inNumber } from './words.ts';

/** An int8 version next to the float32 version, for a person who accepts or refuses it. */
export function quantizationText(report: QuantizationReport): string {
  const { agreement, bytes, speed, layers } = report;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const where = report.isHeldOut
    ? `${inNumber(agreement.pictures, 'picture')} that calibration did not use`
    : `the ${inNumber(agreement.pictures, 'picture')} of the calibration; --pictures FOLDER compares on others`;
  const ratio = speed.floatMs / speed.int8Ms;
  return [
    `${report.name}  (${report.id}@${report.version}, int8 of ${report.from})`,
    columns([
      ['', 'float32', 'int8'],
      ['  time on one core', ms(speed.floatMs), `${ms(speed.int8Ms)}, ${ratio.toFixed(2)} times as fast`],
      ['  size', formatBytes(bytes.float), formatBytes(bytes.int8)],
      ['  convolutions in int8', '', `${layers.quantized} of ${layers.of}, weights of ${report.bits} bits`],
    ]),
    `Agreement on ${where}:\n${columns(agreementRows(agreement))}`,
    ...(report.inFloat.length > 0
      ? [
          `Convolutions that stay float32:\n${detailLines(report.inFloat, '  ', '; --json lists all').join('\n')}`,
        ]
      : []),
  ].join('\n\n');
}

/** What fits what the model gives. */
function agreementRows(agreement: VersionAgreement): string[][] {
  if (agreement.kind === 'embeddings') {
    const { meanCosine, leastCosine } = agreement;
    return [['  cosine of embeddings', `mean ${meanCosine.toFixed(4)}, least ${leastCosine.toFixed(4)}`]];
  }
  const { meanDifference, largestDifference } = agreement;
  const differences = [
    '  difference of scores',
    `mean ${inDigits(meanDifference)}, largest ${inDigits(largestDifference)}`,
  ];
  if (agreement.kind === 'best') {
    return [['  same best label', `${agreement.sameTop} of ${agreement.pictures}`], differences];
  }
  const { f1, labels, precision } = agreement;
  return [
    ['  same labels', `F1 ${f1.toFixed(3)} of ${inNumber(labels, 'label')}`],
    differences,
    ...(precision ? precisionRows(precision) : []),
  ];
}

function precisionRows({
  pictures,
  things,
  ap,
  ap50,
}: NonNullable<Extract<VersionAgreement, { kind: 'labels' }>['precision']>): string[][] {
  const both = ({ float, int8 }: typeof ap) => `float32 ${float.toFixed(3)}, int8 ${int8.toFixed(3)}`;
  const of = `of ${inNumber(things, 'thing')} in ${inNumber(pictures, 'picture')}`;
  return [
    ['  average precision', `${both(ap)}, ${of}`],
    ['  at an overlap of 0.5', both(ap50)],
  ];
}
