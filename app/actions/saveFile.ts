import type { ActionFile } from './action.ts';

/** Has the browser save a file: on a phone, contacts and calendars then offer to take it. */
export function saveFile({ name, type, content }: ActionFile): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it after this task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
