import type { ReactNode } from 'react';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { Details } from '../../ui/Details.tsx';
import panel from '../../ui/Panel.module.css';
import { agreement, bytesInWords, countInWords, inNumber, msInWords } from '../../ui/values.ts';
import { FIELDS, type Field, isField, textOf } from './decisionFields.ts';
import styles from './Report.module.css';

export interface ReportDetailsProps {
  report: ImportReport;
  /** What a person said so far. */
  options: ImportOptions;
  /** The control with which a field can be said otherwise. */
  control(field: Field, decided: string): ReactNode;
  /** What its outputs are called, where that is no question. */
  names: ReactNode;
}

/** But for those that have a place of their own. */
const decisionsOf = ({ decisions }: ImportReport) =>
  decisions.filter(({ field }) => !['name', 'id', 'labels'].includes(field));

/** What the details are called until they are opened. */
export function detailsSummary(report: ImportReport): string {
  const assumed = decisionsOf(report).filter(({ how }) => how === 'assumed').length;
  return assumed > 0
    ? `Details and settings, ${assumed.toLocaleString('en')} assumed`
    : 'Details and settings';
}

/** All that was found, decided and measured; each decision can be changed. */
export function ReportDetails({ report, options, control, names }: ReportDetailsProps) {
  const decisions = decisionsOf(report);
  return (
    <Details summary={detailsSummary(report)}>
      <ul className={styles.decisions}>
        <li>
          <span className={styles.field}>Name</span>
          {control('name', report.name)}
        </li>
        <li>
          <span className={styles.field}>Id</span>
          {control('id', report.id)}
          <p>Folder name and API id. An existing id gets a new version.</p>
        </li>
        {decisions.map(({ field, value, how, why }) => (
          <li key={field} data-how={how}>
            <span className={styles.field}>
              {isField(field) ? FIELDS[field].name : field}
              <em>{how}</em>
            </span>
            {isField(field) ? control(field, value) : <span className={styles.value}>{value}</span>}
            <p>{isField(field) && textOf(field, options, value) === '' ? `${value}: ${why}` : why}</p>
          </li>
        ))}
      </ul>
      {names}
      <dl className={panel.facts}>
        <div>
          <dt>inference time, one core</dt>
          <dd>{msInWords(report.cost.inferMs)}</dd>
        </div>
        <div>
          <dt>in memory</dt>
          <dd>{bytesInWords(report.cost.memoryBytes)}</dd>
        </div>
        <div>
          <dt>to load</dt>
          <dd>{msInWords(report.cost.loadMs)}</dd>
        </div>
        <div>
          <dt>graph</dt>
          <dd>{bytesInWords(report.graphBytes)}</dd>
        </div>
        <div>
          <dt>parameters</dt>
          <dd>{countInWords(report.parameters)}</dd>
        </div>
      </dl>
      <p>{agreement(report.goldens)}</p>
      <div className={styles.ports}>
        <p>
          {report.format} from {report.source}, with {inNumber(report.inputs.length, 'input')} and{' '}
          {inNumber(report.outputs.length, 'output')}:
        </p>
        <table>
          <tbody>
            {[...report.inputs.map(asRow('in')), ...report.outputs.map(asRow('out'))].map((row) => (
              <tr key={`${row.way} ${row.name}`}>
                <th scope="row">{row.way}</th>
                <td>{row.name}</td>
                <td>{row.dtype}</td>
                <td>{row.shape.join(' × ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p>
          {report.opset !== undefined && `Opset ${report.opset}. `}Licence:{' '}
          {report.license === 'NOASSERTION' ? 'not stated' : report.license}. Version{' '}
          <code>{report.version}</code>
        </p>
      </div>
    </Details>
  );
}

const asRow =
  (way: 'in' | 'out') =>
  (port: ImportReport['inputs'][number]): ImportReport['inputs'][number] & { way: 'in' | 'out' } => ({
    way,
    ...port,
  });
