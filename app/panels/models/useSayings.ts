'use client';
import { useState } from 'react';
import { messageOf } from '../../../protocol/errors.ts';
import type { ImportOptions } from '../../../protocol/models.ts';
import { type LabelList, labelsInWords } from '../../../vision/labels/labelList.ts';
import { readLabelFile, readLabels } from '../../../vision/labels/readLabels.ts';
import { type Field, optionOf } from './decisionFields.ts';

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
  /** What the file was read as, and what is strange about the names: a sentence each. */
  labelsNotes: readonly string[];
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
  /** The file that the text came from. Its names are used as they are as long as no one changes the text. */
  const [file, setFile] = useState<{ text: string; name: string; list: LabelList }>();
  const [problem, setProblem] = useState<string>();
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
    labelsNotes: [
      ...(isOfFile ? [`${file.name}: ${labelsInWords(file.list)}.`] : []),
      ...(list?.warnings ?? []),
    ],
    async readLabelsFile(chosen) {
      try {
        const list = await readLabelFile(new Uint8Array(await chosen.arrayBuffer()));
        // One on each line, whatever the file looked like: so they can be read and corrected.
        const text = list.labels.join('\n');
        setFile({ text, name: chosen.name, list });
        changeLabels(text);
      } catch (error) {
        setProblem(`${chosen.name}: ${messageOf(error)}`);
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
        setProblem(messageOf(error));
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
