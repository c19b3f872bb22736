import { Details } from '../../ui/Details.tsx';
import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './Differences.module.css';

/** The list behind a line that says what it means. */
export function Differences({ lines }: { lines: readonly string[] }) {
  const { counts } = useWords();
  const all = [...new Set(lines)];
  return (
    <Details summary={counts.showDifferences(all.length)}>
      <ul className={styles.list}>
        {all.map((line) => (
          <li key={line}>
            <English text={line} />
          </li>
        ))}
      </ul>
    </Details>
  );
}
