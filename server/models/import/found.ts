import type { ImportOptions } from '../../../protocol/models.ts';
import type { Task } from '../../../vision/manifest.ts';
import type { Head } from './heads/head.ts';

/** What is known before the outputs are looked at. */
export interface Known {
  readonly task: Task | undefined;
  readonly head: ImportOptions['head'];
  readonly labelCount: number | undefined;
  /** The output that the person wants to be read. */
  readonly output: string | undefined;
}

/** An output, without an axis of one picture in front. */
export interface Output {
  readonly name: string;
  readonly dims: readonly number[];
  /** Whether there is an axis of the batch in front of `dims`. */
  readonly batched: boolean;
}

/** A way to read the outputs, and what speaks for it, in words. */
export type Found<H extends Head> = { head: H; why: string };
