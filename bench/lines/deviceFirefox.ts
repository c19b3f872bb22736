import { compareDevice } from '../deviceComparison.ts';
import type { BenchLine } from '../result.ts';

/** A model on the device, in Firefox. */
export const measure: BenchLine = () => compareDevice('firefox');
