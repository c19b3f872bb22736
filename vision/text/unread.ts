import * as v from 'valibot';

/** What the stream and a prediction say of text in addition to labels, while there are lines that there was no time to read. */
export const Unread = v.object({ unread: v.pipe(v.number(), v.integer(), v.minValue(1)) });

/** @param unread lines that were found and not read */
export const unreadAnswer = (unread: number): { answer?: v.InferOutput<typeof Unread> } =>
  unread > 0 ? { answer: { unread } } : {};

/** Lines of text that were found and not read. @param answer of any task */
export const unreadLines = (answer: unknown): number => (v.is(Unread, answer) ? answer.unread : 0);

/** Whether the next frame of the same scene would have more labels. @param answer of any task */
export const isUnfinished = (answer: unknown): boolean => unreadLines(answer) > 0;
