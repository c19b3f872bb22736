'use client';
import { useState } from 'react';
import { messageOf } from '../../protocol/errors.ts';
import type { ImportOptions } from '../../protocol/models.ts';
import { type Field, optionOf } from './decisionFields.ts';
import { readLabels } from './readLabels.ts';

/** What a person is about to say of a model: texts of controls, and names of its outputs. */
export interface Sayings {
  /** The text of a field, if it was touched. */
  textOf(field: Field): string | undefined;
  change(field: Field, text: string): void;
  /** Names of the outputs as they were typed, pasted or read from a file; undefined: untouched. */
  labelsText: string | undefined;
  changeLabels(text: string): void;
  /** Those names; undefined where there are none, or they cannot be read. */
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
  const [labelsText, setLabelsText] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const hasLabels = labelsText !== undefined && labelsText.trim() !== '';
  const changeLabels = (text: string) => {
    setProblem(undefined);
    setLabelsText(text);
  };
  return {
    textOf: (field) => texts[field],
    change(field, text) {
      setProblem(undefined);
      setTexts((before) => ({ ...before, [field]: text }));
    },
    labelsText,
    changeLabels,
    labels: hasLabels ? labelsIn(labelsText) : undefined,
    async readLabelsFile(file) {
      try {
        // One a line, whatever the file looked like: so they can be read and mended.
        changeLabels(readLabels(await file.text()).join('\n'));
      } catch (error) {
        setProblem(`${file.name}: ${messageOf(error)}`);
      }
    },
    count: Object.keys(texts).length + (hasLabels ? 1 : 0),
    problem,
    finish() {
      try {
        const options: ImportOptions = hasLabels ? { labels: readLabels(labelsText) } : {};
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

function labelsIn(text: string): readonly string[] | undefined {
  try {
    return readLabels(text);
  } catch {
    return undefined; // half typed; `finish` says what is wrong with it
  }
}
