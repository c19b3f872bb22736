import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { FrameGate, type SentAs } from '../../app/recognizers/frameGate.ts';
import { planCloser } from '../../app/recognizers/planCloser.ts';
import { createStream } from '../../client/stream/openStream.ts';
import type { Label } from '../../protocol/messages.ts';
import { WHOLE } from '../../vision/geometry.ts';
import { fitPicture } from '../../vision/steps.ts';
import { holdMsOf } from '../../vision/tasks/taskOf.ts';
import { tilePx } from '../../vision/tiles/tilePx.ts';

/** What a person sees of footage when it ends, and what it took. */
export interface Watched {
  readonly labels: readonly Label[];
  /** Number of frames that were sent. */
  readonly looks: number;
}

interface Footage {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** How long it stands still. */
  readonly stillMs: number;
}

/** Pictures of a source that stands still are captured at this interval by the page: app/capture/grabFrames.ts. */
const CAPTURE_MS = 100;

/**
 * Sends a picture as the page sends footage that stands still: by its gate, over its stream, in the pixels of the picture.
 * @param options `closer`: whether parts are looked at
 */
export async function watchStill(
  url: string,
  { file, width, height, stillMs }: Footage,
  { closer, minScore }: { closer: boolean; minScore: number },
): Promise<Watched> {
  const picture = sharp(await readFile(file)).flatten();
  const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const stream = createStream<SentAs>({
    url,
    selection: { minScore },
    transport: (at, protocols) => new WebSocket(at, protocols, { perMessageDeflate: false }),
  });
  const gate = new FrameGate({ powerSaver: { intervalMs: () => 0, reason: undefined } });
  let labels: readonly Label[] = [];
  let looks = 0;
  stream.onState((state) => gate.reset(state.kind === 'open' ? [holdMsOf(state.welcome.model.task)] : []));
  stream.onDropped(({ modelIndex, context }) => gate.dropped(modelIndex, context?.look));
  stream.onLabels(({ context, modelIndex, ...seen }) => {
    labels = seen.labels;
    gate.labelled(modelIndex, stream.framesInFlight === 0, seen.answer, context?.look);
  });
  stream.start();
  const { model, parts } = await stream.whenOpen();
  const fitted = fitPicture({ width, height }, model.input);
  if (fitted.part.join() !== WHOLE.join() || fitted.inputRect.join() !== WHOLE.join()) {
    throw new Error('This measures models that see a picture stretched to their input.');
  }
  const known = () => ({
    things: labels.filter(({ score }) => score >= model.minScore.default),
    focus: undefined,
  });
  const planParts = closer && parts ? planCloser(model, { width, height }, known) : undefined;

  async function capture(): Promise<void> {
    const admitted = gate.admit(performance.now(), { planParts });
    const changed = looks === 0;
    if (!changed && admitted.skipUnchanged) {
      gate.skipped(admitted);
      return;
    }
    const part = changed ? undefined : admitted.part;
    const image = await sharp(data, { raw: info })
      .extract(tilePx(part ?? WHOLE, { width, height }))
      .resize(model.input.width, model.input.height, { fit: 'fill' })
      .jpeg({ quality: Math.round(100 * stream.pace.quality) })
      .toBuffer();
    const sent = gate.sent(admitted, { changed, part });
    looks += 1;
    stream.send({
      image,
      capturedAtMs: admitted.capturedAtMs,
      sceneAtMs: sent.sceneAtMs,
      view: { shows: sent.shows, part: part ?? WHOLE, inputRect: WHOLE },
      context: sent,
    });
  }

  const endsAtMs = performance.now() + stillMs;
  while (performance.now() < endsAtMs) {
    const nextAtMs = performance.now() + CAPTURE_MS;
    if (stream.hasRoomFor(0) && gate.isDue(stream.pace.intervalMs)) await capture();
    await new Promise((resolve) => setTimeout(resolve, nextAtMs - performance.now()));
  }
  stream.close();
  return { labels, looks };
}
