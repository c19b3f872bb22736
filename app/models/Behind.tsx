import { Details } from '../controls/Details.tsx';
import styles from './Behind.module.css';
import { inNumber } from './words.ts';

/** The list behind a line that says what it means. */
export function Behind({ lines }: { lines: readonly string[] }) {
  const all = [...new Set(lines)];
  return (
    <Details summary={`Show ${inNumber(all.length, 'difference')}`}>
      <ul className={styles.list}>
        {all.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Details>
  );
}
