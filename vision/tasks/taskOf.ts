import * as v from 'valibot';
import { HOLD_MS } from '../tracker.ts';
import type { TaskDefinition } from './task.ts';
import { TASKS } from './tasks.ts';

type Task = (typeof TASKS)[number];

export const TaskName = v.picklist(TASKS.map(({ name }) => name));
export type TaskName = Task['name'];

/** What a model says of its input, of its task. */
export type ModelAnswer = Awaited<ReturnType<Task['run']>>;
/** What a model says of a picture that was sent to it: what a frame's result carries. */
export type PictureAnswer = ReturnType<Task['toPicture']>;

/** The expected answer of one golden picture, as another runtime gave it on the same weights. */
export const Golden = v.union(TASKS.map(({ golden }) => golden));
export type Golden = v.InferOutput<typeof Golden>;

type AnyTask = TaskDefinition<ModelAnswer, Golden, PictureAnswer>;

const known: ReadonlyMap<string, AnyTask> = new Map(
  TASKS.map((task): [string, AnyTask] => [task.name, task]),
);

/** @throws Error for a name that no manifest can have */
export function taskOf(name: string): AnyTask {
  const task = known.get(name);
  if (task === undefined) throw new Error(`There is no task "${name}".`);
  return task;
}

/** Whether models of this task say anything that a person can read, of themselves. One that a newer server has is taken to. */
export function givesLabels(task: string): boolean {
  const { follow, namedBy } = known.get(task) ?? {};
  return follow !== 'none' && namedBy !== 'taught';
}

/** Whether what a person taught names the answers of models of this task. */
export const isTaught = (task: string): boolean => known.get(task)?.namedBy === 'taught';

/** Whether models of this task can look at parts of a picture. One that a newer server has is taken not to. */
export const seesTiles = (task: string): boolean => known.get(task)?.mergeTiles !== undefined;

/** How long the tracker goes on to show a thing that frames do not, ms. One that a newer server has is taken to have none. */
export function holdMsOf(task: string): number {
  const { follow, tracking } = known.get(task) ?? {};
  return follow === 'things' ? (tracking?.holdMs ?? HOLD_MS) : 0;
}
