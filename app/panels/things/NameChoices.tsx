'use client';
import type { CollectionDetails } from '../../../protocol/things.ts';
import type { SampleName } from '../../things/collection.ts';
import { thingNamed } from '../../things/thingsState.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './NameChoices.module.css';

export interface NameChoicesProps {
  details: CollectionDetails | undefined;
  name: string;
  isNothing: boolean;
  onChoose(name: SampleName): void;
}

/** Names that are there already, and what is none of them: pressed instead of typed. They scroll sideways. */
export function NameChoices({ details, name, isNothing, onChoose }: NameChoicesProps) {
  const { nothing, nothingText, teaching } = useWords().things;
  const current = isNothing ? undefined : thingNamed(details, name);
  // The one that was taught last is likely the next.
  const named = (details?.things ?? [])
    .filter((thing) => !thing.isNothing)
    .toSorted((a, b) => (b.samples.at(-1)?.takenAtMs ?? 0) - (a.samples.at(-1)?.takenAtMs ?? 0));
  return (
    <fieldset className={styles.root} aria-label={teaching.known}>
      {named.map((thing) => (
        <button
          key={thing.id}
          type="button"
          className={styles.chip}
          aria-pressed={thing === current}
          onClick={() => onChoose({ name: thing.name, isNothing: false })}
        >
          {thing.name}
        </button>
      ))}
      <button
        type="button"
        className={styles.chip}
        data-nothing=""
        aria-pressed={isNothing}
        title={nothingText}
        onClick={() => onChoose({ name: '', isNothing: true })}
      >
        {nothing}
      </button>
    </fieldset>
  );
}
