import { fieldsNamedIn } from './fieldsNamedIn.ts';
import styles from './Report.module.css';

/** Where the page has the controls for options that the server's `text` calls as the command line does. */
export function FieldsNamed({ text, below }: { text: string; below: string }) {
  const fields = fieldsNamedIn(text);
  if (fields.length === 0) return null;
  return (
    <p className={styles.evidence} data-testid="fields-named">
      On this page, below “{below}”:{' '}
      {fields.map(({ flag, names }, index) => (
        <span key={flag}>
          {index > 0 && ', '}
          <b>{names.join(' and ')}</b> (<code>{flag}</code>)
        </span>
      ))}
      .
    </p>
  );
}
