import { register } from 'node:module';

/**
 * `node --import tsx --import` this file: whatever asks for the table of tasks gets the one with swatches. So a test adds a
 * task in the one place where a task is added, and the product needs no switch for it.
 */
export const TABLE = new URL('../../../vision/tasks/tasks.ts', import.meta.url).href;
export const REPLACEMENT = new URL('./tasksWithSwatches.ts', import.meta.url).href;

const HOOK = `
  const without = (url) => url?.split('?')[0];
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    const isReplaced = without(found.url) === ${JSON.stringify(TABLE)} && without(context.parentURL) !== ${JSON.stringify(REPLACEMENT)};
    return isReplaced ? next(${JSON.stringify(REPLACEMENT)}, context) : found;
  }`;
register(`data:text/javascript,${encodeURIComponent(HOOK)}`);
