import type { LinkReading } from '../../client/stream/linkMeter.ts';
import type { SentPicture } from '../recognizers/framePicture.ts';
import type { LensContext } from './lensContext.ts';
import type { StreamDetail } from './streamMeter.ts';

/** What the panel of the stream shows; each part where it is known. */
export interface StreamReport {
  readonly age: StreamDetail | undefined;
  readonly link: LinkReading | undefined;
  readonly picture: SentPicture | undefined;
}

export function readStream({ meter, recognizer }: Pick<LensContext, 'meter' | 'recognizer'>): StreamReport {
  return {
    age: meter.detail(performance.now()),
    link: recognizer.readLink(),
    picture: recognizer.readPicture(),
  };
}
