import styles from './ProgressBar.module.css';

/** @param share how much is done, 0..1; undefined where that is not known */
export function ProgressBar({ name, share }: { name: string; share: number | undefined }) {
  return (
    <progress
      className={styles.root}
      aria-label={name}
      {...(share === undefined ? {} : { value: share, max: 1 })}
    />
  );
}
