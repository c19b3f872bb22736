import type { AutoRecognizer } from '../recognizers/autoRecognizer.ts';

/** The first time with labels, in which a person looks whether it works: all cores belong to it. */
const SETTLED_AFTER_MS = 8_000;

/** Resolves when that time is over; sooner where the scene stands still, as then nothing waits for labels. */
export async function settling(
  firstLabels: Promise<void>,
  recognizer: Pick<AutoRecognizer, 'onUnchanged'>,
): Promise<void> {
  await firstLabels;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      unwatch();
      resolve();
    };
    const timer = setTimeout(end, SETTLED_AFTER_MS);
    const unwatch = recognizer.onUnchanged(end);
  });
}
