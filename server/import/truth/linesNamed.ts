import { namedLabels } from '../pictures/namedPictures.ts';

/** A name as it is compared: `Traffic_light` is `traffic light`. */
export const nameOf = (label: string): string =>
  label
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();

/** The labels that are called so, as lines of the labels file; else those of which one name is, as `tench` of `tench, Tinca tinca`. */
export function linesCalled(called: string, labels: readonly string[]): number[] {
  const name = nameOf(called);
  const those = (fits: (label: string) => boolean) =>
    labels.flatMap((label, line) => (fits(label) ? [line] : []));
  const whole = those((label) => nameOf(label) === name);
  return whole.length > 0 ? whole : those((label) => label.split(',').some((part) => nameOf(part) === name));
}

/** Of a folder of pictures: those that are called so, else those that pictures with its name are named after when a model is imported. */
export function linesNamed(folder: string, labels: readonly string[]): number[] {
  const called = linesCalled(folder, labels);
  return called.length > 0 ? called : namedLabels(folder, labels);
}
