import type { CodeReader } from '../../vision/codes/codeReader.ts';
import { LiveCodes } from '../../vision/codes/liveCodes.ts';
import { readStill } from '../../vision/codes/readStill.ts';
import { openZxingReader } from '../../vision/codes/zxingReader.ts';
import type { CodesAnswer, CodesRequest } from './codesJob.ts';
import { greyPixels } from './greyPixels.ts';

/** A picture that stands still may take this long, ms. */
const STILL_MS = 4_000;

// One picture at a time: the page sends the next one only after the answer to this one.
let read: CodeReader | undefined;
let live: LiveCodes | undefined;
const clock = () => performance.now();

self.onmessage = ({ data }: MessageEvent<CodesRequest>) => {
  void answerTo(data).then(answer, (error: unknown) => answer({ type: 'failed', message: String(error) }));
};

async function answerTo(request: CodesRequest): Promise<CodesAnswer> {
  if (request.type === 'open') {
    const response = await fetch(request.wasmUrl);
    if (!response.ok) throw new Error(`The reader of codes: HTTP ${response.status}.`);
    read = await openZxingReader(await response.arrayBuffer());
    live = new LiveCodes({ read, clock });
    return { type: 'opened' };
  }
  const { picture, reader, capturedAtMs, isStill } = request;
  try {
    if (read === undefined || live === undefined)
      throw new Error('A picture came before the reader was open.');
    const grey = await greyPixels(picture, reader);
    const labels = isStill
      ? readStill(grey, { read, withinMs: STILL_MS, clock })
      : live.look(grey, capturedAtMs);
    return { type: 'labels', labels };
  } finally {
    picture.close();
  }
}

function answer(message: CodesAnswer): void {
  self.postMessage(message);
}
