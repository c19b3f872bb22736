import type { Words } from './en.ts';

/** What a task is called, and a few letters for below a model's name; one that the page does not know, by its own name. */
export function taskText({ tasks }: Words, task: string): { name: string; short: string } {
  return Object.hasOwn(tasks, task) ? tasks[task as keyof typeof tasks] : { name: task, short: task };
}
