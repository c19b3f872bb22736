import { Details } from '../../ui/Details.tsx';
import { inNumber } from '../../ui/values.ts';
import styles from './Behind.module.css';

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
