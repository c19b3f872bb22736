import { useWords } from '../../ui/words/useWords.ts';
import { fieldsNamedIn } from './fieldsNamedIn.ts';
import styles from './Report.module.css';

/** Where the page has the controls for options that the server's `text` calls as the command line does. */
export function FieldsNamed({ text, below }: { text: string; below: string }) {
  const { fields: names, report, seen } = useWords();
  const fields = fieldsNamedIn(text);
  if (fields.length === 0) return null;
  return (
    <p className={styles.evidence} data-testid="fields-named">
      {report.fieldsNamed(below)}{' '}
      {fields.map(({ flag, field }, index) => (
        <span key={flag}>
          {index > 0 && seen.separator}
          <b>{names[field]}</b> (<code>{flag}</code>)
        </span>
      ))}
    </p>
  );
}
