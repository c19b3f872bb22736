import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { clip, iou } from '../../vision/geometry.ts';
import { CLIPS, type ClipId, framesOf, thingsOfPhoto } from './clips.ts';
import { drawClip } from './footage.ts';
import { FRAME_HEIGHT_PX, FRAME_WIDTH_PX, MARKER_POINTS_PX, readMarker } from './marker.ts';
import { encodeY4m } from './y4m.ts';

describe('footage', () => {
  it('bears the number of each frame so that it is read again from the JPEG, also at a third of the size', async () => {
    const frames = framesOf('cat-pan').slice(90, 94);
    const jpegs = await drawClip(frames);
    for (const scale of [1, 1 / 3]) {
      for (const [number, jpeg] of jpegs.entries()) assert.equal(await numberIn(jpeg, scale), number);
    }
  });

  it('reads no number where there is no marker', async () => {
    const [frame] = framesOf('cat-still');
    assert.ok(frame);
    const [jpeg] = await drawClip([frame]);
    const photo = await sharp(jpeg).extract({ left: 200, top: 100, width: 320, height: 240 }).toBuffer();
    assert.equal(await numberIn(photo, 2), null);
  });

  it('is the same every time, byte for byte', async () => {
    const frames = framesOf('cup-pan').slice(0, 3);
    assert.deepEqual(await drawClip(frames), await drawClip(frames));
  });

  it('loops and pans without a jump: no thing moves by more than a hundredth of the frame at once', () => {
    for (const id of ['cat-pan', 'cup-pan', 'person-pan'] as const) {
      const frames = framesOf(id);
      for (const [index, frame] of frames.entries()) {
        const next = frames[(index + 1) % frames.length];
        assert.ok(next);
        for (const [at, thing] of frame.things.entries()) {
          const after = next.things[at];
          assert.ok(after);
          for (const side of [0, 1] as const) {
            assert.ok(
              Math.abs(after.box[side] - thing.box[side]) < 0.01,
              `${id} frame ${index}, ${thing.label}`,
            );
          }
        }
      }
    }
  });

  it('pans far: at the two ends of a pan the first thing overlaps itself by less than three quarters', () => {
    for (const id of ['cat-pan', 'cup-pan', 'person-pan'] as const) {
      const frames = framesOf(id);
      const [start, end] = [frames[0]?.things[0], frames[frames.length / 2]?.things[0]];
      assert.ok(start && end);
      assert.ok(iou(start.box, end.box) < 0.75, `${id}: ${iou(start.box, end.box)}`);
    }
  });

  it('has every truth box inside its frame', () => {
    for (const id of Object.keys(CLIPS) as ClipId[]) {
      for (const { things } of framesOf(id)) {
        for (const { box } of things) assert.deepEqual(clip(box), box);
      }
    }
  });

  it('is raw video where it has a rate of its own: header, then Y, U and V of each frame by BT.601', async () => {
    const solid = (background: string) =>
      sharp({ create: { width: 4, height: 2, channels: 3, background } })
        .png()
        .toBuffer();
    const file = await encodeY4m([await solid('#fff'), await solid('#f00')], 6);
    const planes = ([y = 0, u = 0, v = 0]: number[]) => [...Array(8).fill(y), u, u, v, v];
    const header = 'YUV4MPEG2 W4 H2 F6:1 Ip A1:1 C420\n';
    assert.deepEqual(
      [...file],
      [
        ...Buffer.from(header),
        ...Buffer.from('FRAME\n'),
        ...planes([235, 128, 128]),
        ...Buffer.from('FRAME\n'),
        ...planes([81, 90, 240]),
      ],
    );
  });

  it('moves truth boxes with the photo: the cup, measured in the still frame by hand', () => {
    // In frame 0 of the tour's second scene the photo's left edge lies at 30 px of 540, so 0.0556 of the frame.
    const frame = framesOf('tour')[18];
    const [cup] = thingsOfPhoto('cup');
    assert.ok(frame && cup);
    const [x] = frame.things[0]?.box ?? [];
    assert.ok(x !== undefined);
    assert.ok(Math.abs(x - (cup.box[0] * 600 - 30) / 540) < 0.002, `${x}`);
  });
});

async function numberIn(jpeg: Buffer, scale: number): Promise<number | null> {
  const width = Math.round(FRAME_WIDTH_PX * scale);
  const height = Math.round(FRAME_HEIGHT_PX * scale);
  const pixels = await sharp(jpeg).resize(width, height, { fit: 'fill' }).greyscale().raw().toBuffer();
  const at = ({ x, y }: { x: number; y: number }) =>
    pixels[Math.floor(y * scale) * width + Math.floor(x * scale)] ?? 0;
  return readMarker(MARKER_POINTS_PX.map(([bit, complement]) => [at(bit), at(complement)] as const));
}
