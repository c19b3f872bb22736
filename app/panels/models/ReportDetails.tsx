import type { ReactNode } from 'react';
import type { ImportReport } from '../../../protocol/models.ts';
import { Details } from '../../ui/Details.tsx';
import panel from '../../ui/Panel.module.css';
import { statedLicense } from '../../ui/values.ts';
import { Rich } from '../../ui/words/Rich.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { agreementText } from './agreement.ts';
import styles from './Report.module.css';
import { type DecisionControl, ReportDecisions, settledDecisions } from './ReportDecisions.tsx';

export interface ReportDetailsProps {
  report: ImportReport;
  control: DecisionControl;
  /** What its outputs are called, where that is no question. */
  names: ReactNode;
}

/** What is known of a model, what was measured, and its name and id: for those who want to know, or to change it. */
export function ReportDetails({ report, control, names }: ReportDetailsProps) {
  const words = useWords();
  const { fields, format, report: texts } = words;
  return (
    <Details summary={texts.settings}>
      <ul className={styles.decisions}>
        <li>
          <span className={styles.field}>{fields.name}</span>
          {control.render('name', report.name)}
        </li>
        <li>
          <span className={styles.field}>{fields.id}</span>
          {control.render('id', report.id)}
          <p>{texts.idHint}</p>
        </li>
      </ul>
      <ReportDecisions decisions={settledDecisions(report)} control={control} />
      {names}
      <dl className={panel.facts}>
        <Fact name={texts.inferenceTime}>{format.ms(report.cost.inferMs)}</Fact>
        <Fact name={texts.inMemory}>{format.bytes(report.cost.memoryBytes)}</Fact>
        <Fact name={texts.toLoad}>{format.ms(report.cost.loadMs)}</Fact>
        <Fact name={texts.graph}>{format.bytes(report.graphBytes)}</Fact>
        <Fact name={texts.parameters}>{format.compact(report.parameters)}</Fact>
      </dl>
      <p>{agreementText(words, report.goldens)}</p>
      <div className={styles.ports}>
        <p>{texts.origin(report.format, report.source, report.inputs.length, report.outputs.length)}</p>
        <table>
          <tbody>
            {report.inputs.map((port) => (
              <PortRow key={port.name} way={texts.input} port={port} />
            ))}
            {report.outputs.map((port) => (
              <PortRow key={port.name} way={texts.output} port={port} />
            ))}
          </tbody>
        </table>
        <p>
          {report.opset !== undefined && `${texts.opset(report.opset)} `}
          {texts.license(statedLicense(report.license))} <Rich text={texts.version(report.version)} />
        </p>
      </div>
    </Details>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function PortRow({ way, port }: { way: string; port: ImportReport['inputs'][number] }) {
  return (
    <tr>
      <th scope="row">{way}</th>
      <td>{port.name}</td>
      <td>{port.dtype}</td>
      <td>{port.shape.join(' × ')}</td>
    </tr>
  );
}
