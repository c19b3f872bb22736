import { TASKS as SHIPPED } from '../../../vision/tasks/tasks.ts';
import { swatches } from './swatches.ts';

/** The table of tasks with one more. */
export const TASKS = [...SHIPPED, swatches] as const;
