import type { ImportReport } from '../../../protocol/models.ts';
import { givesLabels } from '../../../vision/tasks/taskOf.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './Report.module.css';
import { Share } from './Share.tsx';

/** Maximum number of labels shown for a picture. */
const MAX_LABELS = 3;

/** The sample pictures, and the model's answers for each. */
export function ReportSamples({ samples, task }: Pick<ImportReport, 'samples' | 'task'>) {
  const { format, report, seen } = useWords();
  return (
    <ul className={styles.samples} aria-label={report.samples}>
      {samples.map(({ name, thumbnail, labels }) => (
        <li key={name}>
          {thumbnail && (
            <span className={styles.picture}>
              {/* biome-ignore lint/performance/noImgElement: it comes with the report, as data */}
              <img src={thumbnail} alt={report.sample(name)} />
              {labels.slice(0, MAX_LABELS).map(({ box }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as below
                <Frame key={index} box={box} />
              ))}
            </span>
          )}
          {!thumbnail && <b>{name}</b>}
          {labels.length === 0 && <p>{givesLabels(task) ? report.nothingFound : report.vector}</p>}
          <ol>
            {labels.slice(0, MAX_LABELS).map(({ label, score }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two things of one picture may have one name
              <li key={index} className={styles.score}>
                <span>{seen.label(label)}</span>
                <span>{format.percent(score)}</span>
                <Share of={score} />
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ul>
  );
}

/** Where a thing was found. */
function Frame({ box }: { box: readonly [number, number, number, number] | undefined }) {
  if (box === undefined) return null;
  const [left, top, width, height] = box.map((share) => `${share * 100}%`);
  // Set through the DOM, which the content security policy allows: the panel is never in the sent page.
  return <i style={{ left, top, width, height }} />;
}
