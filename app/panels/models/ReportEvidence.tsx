import type { ImportReport } from '../../../protocol/models.ts';
import { Details } from '../../ui/Details.tsx';
import { Rich } from '../../ui/words/Rich.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './Report.module.css';

export interface ReportEvidenceProps {
  evidence: ImportReport['evidence'];
  /** The verdict says how many answers agree. */
  isCounted: boolean;
}

/** What proves how pictures are prepared; where nothing does, what would. */
export function ReportEvidence({ evidence, isCounted }: ReportEvidenceProps) {
  const { evidence: texts } = useWords();
  if (evidence === undefined) return null;
  const { kind, right = 0, of = 0 } = evidence;
  switch (kind) {
    case 'goldens':
      return isCounted ? null : <p className={styles.evidence}>{texts.goldens(right, of)}</p>;
    case 'named pictures':
      return isCounted ? null : <p className={styles.evidence}>{texts.named(right, of)}</p>;
    case 'published':
      return <p className={styles.evidence}>{texts.published}</p>;
    case 'graph':
      return <p className={styles.evidence}>{texts.graph}</p>;
    case 'given':
    case 'none':
      return (
        <Details summary={kind === 'given' ? texts.given : texts.assumed}>
          <p className={styles.evidence}>{texts.explain}</p>
          <ul className={styles.proofs}>
            <li>
              <Rich text={texts.proofConfig} />
            </li>
            <li>
              <Rich text={texts.proofGoldens} />
            </li>
            <li>
              <Rich text={texts.proofPictures} />
            </li>
          </ul>
          <p className={styles.evidence}>
            <Rich text={texts.docs} />
          </p>
        </Details>
      );
    default:
      return kind satisfies never;
  }
}
