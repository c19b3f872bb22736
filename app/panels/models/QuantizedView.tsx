'use client';
import type { ReactNode } from 'react';
import type { QuantizationReport, VersionAgreement } from '../../../protocol/quantization.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { difference } from '../../ui/values.ts';
import { Rich } from '../../ui/words/Rich.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { int8Verdict } from './int8Verdict.ts';
import styles from './Report.module.css';
import { ReportFrame } from './ReportFrame.tsx';

export interface QuantizedViewProps {
  report: QuantizationReport;
  isAsking: boolean;
  /** Why the last request came to nothing. */
  problem: ReactNode;
  onAccept(): void;
  onDiscard(): void;
}

/** An int8 version next to the float32 version: what is gained, what it costs, and the question whether to make it live. */
export function QuantizedView({ report, isAsking, problem, onAccept, onDiscard }: QuantizedViewProps) {
  const words = useWords();
  const { common, format, int8, report: texts } = words;
  const { agreement, bytes, speed, isFaster } = report;
  return (
    <ReportFrame
      label={int8.title(report.name)}
      testId="int8-report"
      title={int8.title(report.name)}
      verdict={int8Verdict(words, report)}
    >
      <table className={styles.compared}>
        <thead>
          <tr>
            <td />
            <th scope="col">{int8.columns.float}</th>
            <th scope="col">{int8.columns.int8}</th>
          </tr>
        </thead>
        <tbody>
          <Row name={int8.time} float={format.ms(speed.floatMs)} int8={format.ms(speed.int8Ms)} />
          <Row name={int8.onDisk} float={format.bytes(bytes.float)} int8={format.bytes(bytes.int8)} />
          <AgreementRows agreement={agreement} />
        </tbody>
      </table>
      {!report.isHeldOut && (
        <p className={styles.evidence}>
          <Rich text={int8.seen} />
        </p>
      )}
      {problem}
      <div className={styles.foot}>
        <PanelButton disabled={isAsking} onClick={onDiscard}>
          {isFaster ? texts.discard : common.close}
        </PanelButton>
        {isFaster && (
          <PanelButton isMain disabled={isAsking} onClick={onAccept}>
            {texts.makeLive}
          </PanelButton>
        )}
      </div>
    </ReportFrame>
  );
}

/** What fits what the model gives. */
function AgreementRows({ agreement }: { agreement: VersionAgreement }) {
  const { format, int8 } = useWords();
  switch (agreement.kind) {
    case 'embeddings':
      return (
        <>
          <Row name={int8.meanCosine} int8={format.number(agreement.meanCosine, 4)} />
          <Row name={int8.leastCosine} int8={format.number(agreement.leastCosine, 4)} />
        </>
      );
    case 'best':
      return (
        <>
          <Row name={int8.sameBest} int8={int8.ofPictures(agreement.sameTop, agreement.pictures)} />
          <Row name={int8.largest} int8={difference(agreement.largestDifference)} />
        </>
      );
    case 'labels': {
      const { precision } = agreement;
      return (
        <>
          <Row name={int8.sameLabels} int8={format.percent(agreement.f1)} />
          <Row name={int8.largest} int8={difference(agreement.largestDifference)} />
          {precision && (
            <Row
              name={int8.precision}
              float={format.number(precision.ap.float, 3)}
              int8={format.number(precision.ap.int8, 3)}
            />
          )}
        </>
      );
    }
  }
}

function Row({ name, float, int8 }: { name: string; float?: string; int8: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {float !== undefined && <td>{float}</td>}
      <td colSpan={float === undefined ? 2 : 1}>{int8}</td>
    </tr>
  );
}
