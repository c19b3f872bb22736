'use client';
import { useState } from 'react';
import { messageOf } from '../../protocol/errors.ts';
import type { ImportOptions } from '../../protocol/models.ts';
import { type Field, optionOf } from './decisionFields.ts';
import { readLabels } from './readLabels.ts';

/** What a person is about to say of a model: texts of controls, and labels of a file. */
export interface Sayings {
  /** The text of a field, if it was touched. */
  textOf(field: Field): string | undefined;
  change(field: Field, text: string): void;
  labels: readonly string[] | undefined;
  readLabelsFile(file: File): Promise<void>;
  /** How many things are to be said. */
  count: number;
  /** Why something cannot be said. */
  problem: string | undefined;
  /** All of it as options; undefined, and a problem, where something cannot be. */
  finish(): ImportOptions | undefined;
}

export function useSayings(): Sayings {
  const [texts, setTexts] = useState<Partial<Record<Field, string>>>({});
  const [labels, setLabels] = useState<string[]>();
  const [problem, setProblem] = useState<string>();
  return {
    textOf: (field) => texts[field],
    change(field, text) {
      setProblem(undefined);
      setTexts((before) => ({ ...before, [field]: text }));
    },
    labels,
    async readLabelsFile(file) {
      try {
        setLabels(readLabels(await file.text()));
        setProblem(undefined);
      } catch (error) {
        setProblem(`${file.name}: ${messageOf(error)}`);
      }
    },
    count: Object.keys(texts).length + (labels === undefined ? 0 : 1),
    problem,
    finish() {
      try {
        const options: ImportOptions = labels === undefined ? {} : { labels };
        for (const [field, text] of Object.entries(texts))
          Object.assign(options, optionOf(field as Field, text));
        return options;
      } catch (error) {
        setProblem(messageOf(error));
        return undefined;
      }
    },
  };
}
