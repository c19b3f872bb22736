import type { ImportReport } from '../../../protocol/models.ts';
import { Details } from '../../ui/Details.tsx';
import styles from './Report.module.css';

export interface ReportEvidenceProps {
  evidence: ImportReport['evidence'];
  /** The verdict tells how many answers agree. */
  isCounted: boolean;
}

/** What proves how pictures are prepared; where nothing does, what would. */
export function ReportEvidence({ evidence, isCounted }: ReportEvidenceProps) {
  if (evidence === undefined) return null;
  const { kind, right = 0, of = 0 } = evidence;
  switch (kind) {
    case 'goldens':
      return isCounted ? null : (
        <p className={styles.evidence}>
          {right} of {of} reference results agree with how pictures are prepared.
        </p>
      );
    case 'named pictures':
      return isCounted ? null : (
        <p className={styles.evidence}>
          {right} of {of} pictures that are named after labels get their label.
        </p>
      );
    case 'published':
      return <p className={styles.evidence}>Pictures are prepared as what came with the model says.</p>;
    case 'graph':
      return <p className={styles.evidence}>Pictures are prepared as the first ops of the graph need it.</p>;
    case 'given':
    case 'none':
      return (
        <Details
          summary={
            kind === 'given'
              ? 'Pictures are prepared as you said; nothing proves it yet'
              : 'How pictures are prepared is assumed; nothing proves it yet'
          }
        >
          <p className={styles.evidence}>
            How sure the model is of its answers proves nothing: many networks are sure of pictures that were
            prepared wrongly. Proof would be one of these:
          </p>
          <ul className={styles.proofs}>
            <li>
              the model’s <code>preprocessor_config.json</code>, added together with it;
            </li>
            <li>
              reference results (goldens) that its framework recorded, as <code>models/export</code> does;
            </li>
            <li>
              five or more pictures named after labels, such as <code>cat-1.jpg</code>, on the command line:{' '}
              <code>npm run models -- add … --samples FOLDER</code>.
            </li>
          </ul>
          <p className={styles.evidence}>
            <code>docs/importing.md</code> tells more.
          </p>
        </Details>
      );
    default:
      return kind satisfies never;
  }
}
