import type { Text } from '../../../protocol/sentence.ts';
export interface ReceiveOptions {
  /** An empty folder; all that comes is written there. */
  dir: string;
  /** Of all files together. */
  maxBytes: number;
  /** `of` is absent where no one said how many come. */
  onBytes?: (bytes: number, of: number | undefined) => void;
  onProgress?: (message: Text) => void;
  signal?: AbortSignal | undefined;
}
