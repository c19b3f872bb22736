'use client';

import { useId } from 'react';
import type { Text } from '../../../protocol/sentence.ts';
import { English } from '../../ui/words/English.tsx';
import type { Words } from '../../ui/words/en.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './LabelNames.module.css';
import { LabelsFile } from './LabelsFile.tsx';
import { labelCount } from './labelCount.ts';
import type { Overrides } from './useOverrides.ts';

export interface LabelNamesProps {
  overrides: Overrides;
  /** How many the model needs; undefined where that is not known yet. */
  outputs: number | undefined;
  /** Those that it has, to begin with. */
  known: readonly string[] | undefined;
}

/** What a model's outputs are called: typed, pasted, or read from a file. */
export function LabelNames({ overrides, outputs, known }: LabelNamesProps) {
  const words = useWords();
  const { labelNames } = words;
  const id = useId();
  const { labels, labelsText, labelsFile } = overrides;
  const count = labels && (outputs === undefined ? undefined : labelCount(words, labels.length, outputs));
  return (
    <div className={styles.root}>
      <label htmlFor={id}>{labelNames.label}</label>
      <textarea
        id={id}
        rows={5}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        placeholder={labelNames.placeholder}
        aria-describedby={`${id}-count`}
        value={labelsText ?? known?.join('\n') ?? ''}
        onChange={(event) => overrides.changeLabels(event.currentTarget.value)}
      />
      {labelsFile && <p className={styles.note}>{fileText(words, labelsFile)}</p>}
      {overrides.labelsWarnings.map((warning) => (
        <p key={warning.text} className={styles.note}>
          <English text={warning.text} sentence={warning} />
        </p>
      ))}
      <div className={styles.foot}>
        <p id={`${id}-count`} role="status" data-bad={(count && !count.isRight) || undefined}>
          {count?.text ??
            (labels ? labelNames.names(labels.length) : outputs !== undefined && labelNames.outputs(outputs))}
        </p>
        <LabelsFile onFile={(file) => void overrides.readLabelsFile(file)} />
      </div>
    </div>
  );
}

const MAX_NAMES = 5;

function fileText(
  { labelNames, seen, sentences }: Words,
  { name, list: { labels, form } }: NonNullable<Overrides['labelsFile']>,
): string {
  const some = labels.slice(0, MAX_NAMES).join(seen.separator);
  const isMore = labels.length > MAX_NAMES;
  return labelNames.read(
    name,
    labels.length,
    isMore ? `${some}${seen.separator}…` : some,
    form === 'lines' ? undefined : formText(sentences, form),
  );
}

const formText = (sentences: Words['sentences'], form: Text): string =>
  (typeof form === 'string' ? undefined : sentences.of(form)) ?? String(form);
