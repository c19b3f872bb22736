import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { overridesProblem } from './overridesProblem.ts';
import styles from './Report.module.css';

/** Why what a person typed about a model cannot be used; nothing while it can. */
export function OverridesProblem({ problem }: { problem: unknown }) {
  const words = useWords();
  if (problem === undefined) return null;
  const found = overridesProblem(words, problem);
  return (
    <p role="alert" className={styles.problem}>
      {'worded' in found ? (
        found.worded
      ) : (
        <English
          text={String(found.text)}
          sentence={typeof found.text === 'string' ? undefined : found.text}
        />
      )}
    </p>
  );
}
