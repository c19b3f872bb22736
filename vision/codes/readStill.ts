import type { Label } from '../../protocol/messages.ts';
import { codeLabel } from './codeLabel.ts';
import type { CodeReader, FoundCode } from './codeReader.ts';
import type { GreyPicture } from './greyPicture.ts';
import { addNew } from './sameCode.ts';
import { ALL_TRIES, withTrueQuad } from './tries.ts';

export interface StillOptions {
  read: CodeReader;
  /** Time after which no further try is begun, ms. */
  withinMs: number;
  /** A monotonic clock, ms. */
  clock(): number;
}

/** All codes of a picture that stands still, in every way, as far as the time goes. */
export function readStill(picture: GreyPicture, { read, withinMs, clock }: StillOptions): Label[] {
  const startedMs = clock();
  const found: FoundCode[] = [];
  for (const one of ALL_TRIES) {
    if (clock() - startedMs > withinMs) break;
    addNew(
      found,
      one.run(picture, read).map((code) => withTrueQuad(picture, code)),
    );
  }
  return found.map((code, index) => codeLabel(code, index + 1, picture));
}
