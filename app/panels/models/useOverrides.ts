'use client';
import { useState } from 'react';
import { textOf, WordedError } from '../../../protocol/errors.ts';
import type { ImportOptions } from '../../../protocol/models.ts';
import type { Sentence } from '../../../protocol/sentence.ts';
import { aboutLabels } from '../../../protocol/sentences/labels.ts';
import type { LabelList } from '../../../vision/labels/labelList.ts';
import { readLabelFile, readLabels } from '../../../vision/labels/readLabels.ts';
import { type Field, optionOf } from './decisionFields.ts';

/** What a person is about to set otherwise about a model: texts of controls, and names of its outputs. */
export interface Overrides {
  /** The text of a field, if it was touched. */
  textOf(field: Field): string | undefined;
  change(field: Field, text: string): void;
  /** Names of the outputs as they were typed, pasted or read from a file; undefined: untouched. */
  labelsText: string | undefined;
  changeLabels(text: string): void;
  /** Those names; undefined where there are none, or they cannot be read. */
  labels: readonly string[] | undefined;
  /** The file that the names were read from, as long as no one changed them. */
  labelsFile: { readonly name: string; readonly list: LabelList } | undefined;
  /** What is strange about the names: a sentence each. */
  labelsWarnings: readonly Sentence[];
  readLabelsFile(file: File): Promise<void>;
  /** Number of changes. */
  count: number;
  /** Why something cannot be used: a FieldError, or what the reader of label files threw. */
  problem: unknown;
  /** All of it as options; undefined, and a problem, where something cannot be used. */
  finish(): ImportOptions | undefined;
}

export function useOverrides(): Overrides {
  const [texts, setTexts] = useState<Partial<Record<Field, string>>>({});
  const [labelsText, setLabelsText] = useState<string>();
  /** The file that the text came from. Its names are used as they are as long as no one changes the text. */
  const [file, setFile] = useState<{ text: string; name: string; list: LabelList }>();
  const [problem, setProblem] = useState<unknown>();
  const hasLabels = labelsText !== undefined && labelsText.trim() !== '';
  const isOfFile = file !== undefined && file.text === labelsText;
  const read = () => (isOfFile ? file.list : readLabels(labelsText ?? ''));
  const list = hasLabels ? listOrNothing(read) : undefined;
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
    labels: list?.labels,
    labelsFile: isOfFile ? file : undefined,
    labelsWarnings: list?.warnings ?? [],
    async readLabelsFile(chosen) {
      try {
        const list = await readLabelFile(new Uint8Array(await chosen.arrayBuffer()));
        // One on each line, whatever the file looked like: so they can be read and corrected.
        const text = list.labels.join('\n');
        setFile({ text, name: chosen.name, list });
        changeLabels(text);
      } catch (error) {
        const text = aboutLabels('labels_in_file', { from: chosen.name, message: textOf(error) });
        setProblem(new WordedError(text, { cause: error }));
      }
    },
    count: Object.keys(texts).length + (hasLabels ? 1 : 0),
    problem,
    finish() {
      try {
        const options: ImportOptions = hasLabels ? { labels: [...read().labels] } : {};
        for (const [field, text] of Object.entries(texts))
          Object.assign(options, optionOf(field as Field, text));
        return options;
      } catch (error) {
        setProblem(error);
        return undefined;
      }
    },
  };
}

function listOrNothing(read: () => LabelList): LabelList | undefined {
  try {
    return read();
  } catch {
    return undefined; // half typed; `finish` says what is wrong with it
  }
}
