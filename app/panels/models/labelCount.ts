import { inNumber } from '../../ui/values.ts';

export interface LabelCount {
  readonly isRight: boolean;
  /** For a person, with what to do. */
  readonly text: string;
}

/** Holds the number of names that a person gave against the number of outputs that want one. */
export function labelCountInWords(names: number, outputs: number): LabelCount {
  const found = `${inNumber(names, 'name')} for ${inNumber(outputs, 'output')}`;
  if (names === outputs) return { isRight: true, text: `${found}.` };
  const many = Math.abs(names - outputs).toLocaleString('en');
  if (names > outputs) {
    return { isRight: false, text: `${found}: ${many} too many. Give one for each output, in their order.` };
  }
  const isBackground = outputs - names === 1 && outputs > 2;
  return {
    isRight: false,
    text: `${found}: ${many} missing. Give one for each output, in their order${
      isBackground ? '; if the first stands for “background”, write that in the first line' : ''
    }.`,
  };
}
