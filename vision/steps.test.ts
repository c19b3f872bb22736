import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import * as v from 'valibot';
import { Steps } from '../protocol/steps.ts';
import { boxInPicture } from './fit.ts';
import type { Box } from './geometry.ts';
import { type DescribedInput, fitOf, fitPicture, fixedSize, follow, type Step, stepsOf } from './steps.ts';

const pictureSide = fc.integer({ min: 8, max: 4_000 });
const picture = fc.record({ width: pictureSide, height: pictureSide });
const side = fc.integer({ min: 8, max: 800 });
const size = fc.record({ width: side, height: side });
const crop = fc.double({ min: 0.1, max: 1, noNaN: true });

const resize: fc.Arbitrary<Step> = fc.oneof(
  size.map((to): Step => ({ op: 'resize', ...to, resample: 'bicubic' })),
  side.map((shortest): Step => ({ op: 'resize', shortest, resample: 'antialiased' })),
  fc
    .tuple(side, fc.integer({ min: 1, max: 400 }))
    .map(
      ([shortest, more]): Step => ({ op: 'resize', shortest, longest: shortest + more, resample: 'nearest' }),
    ),
  size.map((within): Step => ({ op: 'resize', within, resample: 'bilinear' })),
  size.map((cover): Step => ({ op: 'resize', cover, resample: 'lanczos' })),
  fc
    .tuple(size, fc.integer({ min: 1, max: 32 }))
    .map(([towards, multipleOf]): Step => ({ op: 'resize', towards, multipleOf, resample: 'bicubic' })),
);
const cutOrPad: fc.Arbitrary<Step> = fc.oneof(
  size.map((to): Step => ({ op: 'crop', ...to })),
  size.map((to): Step => ({ op: 'pad', ...to, colour: [1, 2, 3] })),
);
const padAtTopLeft = size.map((to): Step => ({ op: 'pad', ...to, colour: [1, 2, 3], at: 'top left' }));
const anySteps = fc
  .tuple(
    resize,
    fc.array(fc.oneof(resize, cutOrPad), { maxLength: 3 }),
    fc.array(padAtTopLeft, { maxLength: 1 }),
  )
  .map(([first, rest, last]): Step[] => [first, ...rest, ...last]);

const near = (found: readonly number[], expected: readonly number[], tolerance = 1e-6) =>
  assert.ok(
    found.every((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) <= tolerance),
    `${found} is not ${expected}`,
  );
const inside = ([x, y, width, height]: Box) =>
  assert.ok(
    x >= -1e-9 && y >= -1e-9 && width > 0 && height > 0 && x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9,
    `${[x, y, width, height]} is not within 0..1`,
  );

test('sizes are whole, each move begins where the previous one ended, and what is cut or laid lies within', () => {
  fc.assert(
    fc.property(picture, anySteps, (from, steps) => {
      const { moves, size } = follow(steps, from);
      let now = from;
      for (const move of moves) {
        const to = move.op === 'resize' ? move.to : { width: move.width, height: move.height };
        assert.ok([to.width, to.height].every((one) => Number.isInteger(one) && one >= 1));
        assert.notDeepEqual(to, now, 'a move that changes nothing');
        if (move.op === 'resize') assert.deepEqual(move.from, now);
        else {
          const [inner, outer] = move.op === 'crop' ? [to, now] : [now, to];
          assert.ok(move.left >= 0 && move.left + inner.width <= outer.width);
          assert.ok(move.top >= 0 && move.top + inner.height <= outer.height);
        }
        now = to;
      }
      assert.deepEqual(size, now);
    }),
  );
});

test('boxes of the input map to the picture and back; the part and its rectangle lie within', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(picture, anySteps, share, share, (from, steps, u, w) => {
      const { fitted } = follow(steps, from);
      const { part, inputRect } = fitted;
      inside(part);
      inside(inputRect);
      near(boxInPicture(inputRect, fitted), part);
      const box: Box = [inputRect[0] + u * inputRect[2], inputRect[1] + w * inputRect[3], 0.1, 0.2];
      const there = boxInPicture(box, fitted);
      near(boxInPicture(there, { part: inputRect, inputRect: part }), box, 1e-5);
    }),
  );
});

test('a point of the picture goes through the moves to where the fit says', () => {
  fc.assert(
    fc.property(picture, anySteps, (from, steps) => {
      const { moves, size, fitted } = follow(steps, from);
      // The middle of what is seen, taken through each move by hand.
      let x = (fitted.part[0] + fitted.part[2] / 2) * from.width;
      let y = (fitted.part[1] + fitted.part[3] / 2) * from.height;
      for (const move of moves) {
        if (move.op === 'resize') {
          x *= move.to.width / move.from.width;
          y *= move.to.height / move.from.height;
        } else {
          const sign = move.op === 'crop' ? -1 : 1;
          x += sign * move.left;
          y += sign * move.top;
        }
      }
      const { inputRect } = fitted;
      near(
        [x / size.width, y / size.height],
        [inputRect[0] + inputRect[2] / 2, inputRect[1] + inputRect[3] / 2],
      );
    }),
  );
});

test('a fixed size is that of every picture, and where two pictures end at other sizes there is none', () => {
  fc.assert(
    fc.property(picture, picture, anySteps, (one, other, steps) => {
      const fixed = fixedSize(steps);
      const [first, second] = [follow(steps, one).size, follow(steps, other).size];
      if (fixed) {
        assert.deepEqual(first, fixed);
        assert.deepEqual(second, fixed);
      } else if (first.width !== second.width || first.height !== second.height) {
        assert.equal(fixed, undefined);
      }
    }),
    { numRuns: 500 },
  );
  assert.equal(
    fixedSize([{ op: 'resize', shortest: 800, longest: 1333, resample: 'antialiased' }]),
    undefined,
  );
  const cut = [
    { op: 'resize', shortest: 224, resample: 'bicubic' },
    { op: 'crop', width: 256, height: 224 },
  ] as const;
  assert.equal(fixedSize(cut), undefined, 'a picture may be narrower than what is cut');
});

/** [picture, step, what the Python library of the step makes of it] */
const PUBLISHED: readonly [[number, number], Step, [number, number]][] = [
  // transformers' get_size_with_aspect_ratio, torchvision's Resize.
  [[451, 300], { op: 'resize', shortest: 256, resample: 'bicubic' }, [384, 256]],
  [[300, 451], { op: 'resize', shortest: 256, resample: 'bicubic' }, [256, 384]],
  [[640, 480], { op: 'resize', shortest: 800, longest: 1333, resample: 'antialiased' }, [1066, 800]],
  [[300, 300], { op: 'resize', shortest: 800, longest: 1333, resample: 'antialiased' }, [800, 800]],
  [[2000, 400], { op: 'resize', shortest: 800, longest: 1333, resample: 'antialiased' }, [1333, 267]],
  // transformers' DPT.
  [
    [451, 300],
    { op: 'resize', towards: { width: 518, height: 518 }, multipleOf: 14, resample: 'bicubic' },
    [518, 350],
  ],
  [
    [640, 480],
    { op: 'resize', towards: { width: 518, height: 518 }, multipleOf: 14, resample: 'bicubic' },
    [686, 518],
  ],
  // timm's ResizeKeepRatio; a half goes to the even side, as Python rounds.
  [[451, 300], { op: 'resize', within: { width: 235, height: 235 }, resample: 'bicubic' }, [235, 156]],
  [[640, 201], { op: 'resize', within: { width: 320, height: 320 }, resample: 'bicubic' }, [320, 100]],
  [[640, 480], { op: 'resize', cover: { width: 256, height: 128 }, resample: 'bicubic' }, [256, 192]],
];
for (const [[width, height], step, expected] of PUBLISHED) {
  test(`${width}x${height} becomes ${expected.join('x')} by ${JSON.stringify(step)}`, () => {
    const { size } = follow([step], { width, height });
    assert.deepEqual([size.width, size.height], expected);
  });
}

test('a cut begins at the floor of half of the rest, as does a picture in what it is padded to', () => {
  const steps: Step[] = [
    { op: 'resize', within: { width: 235, height: 235 }, resample: 'bicubic' },
    { op: 'pad', width: 224, height: 224, colour: [124, 116, 104] },
    { op: 'crop', width: 224, height: 224 },
  ];
  const { moves } = follow(steps, { width: 451, height: 300 });
  assert.deepEqual(moves.slice(1), [
    { op: 'pad', left: 0, top: 34, width: 235, height: 224, colour: [124, 116, 104] },
    { op: 'crop', left: 5, top: 0, width: 224, height: 224 },
  ]);
});

test('a picture can lie at the top left of what it is padded to, by the last step', () => {
  const steps: Step[] = [{ op: 'pad', width: 8, height: 9, colour: [1, 2, 3], at: 'top left' }];
  const { moves, fitted } = follow(steps, { width: 4, height: 6 });
  assert.deepEqual(moves, [{ op: 'pad', left: 0, top: 0, width: 8, height: 9, colour: [1, 2, 3] }]);
  near(fitted.inputRect, [0, 0, 4 / 8, 6 / 9]);
  assert.ok(v.is(Steps, steps));
  assert.ok(!v.is(Steps, [...steps, { op: 'crop', width: 2, height: 2 }]));
});

const described: fc.Arbitrary<DescribedInput> = fc
  .tuple(size, fc.constantFrom('stretch' as const, 'crop' as const, 'letterbox' as const), crop)
  .map(([input, fit, share]) => (fit === 'crop' ? { ...input, fit, crop: share } : { ...input, fit }));

test('fit, crop and letterbox stand for steps that end at the size of the input', () => {
  fc.assert(
    fc.property(described, picture, (input, from) => {
      const expected = { width: input.width, height: input.height };
      assert.deepEqual(fixedSize(stepsOf(input)), expected);
      assert.deepEqual(follow(stepsOf(input), from).size, expected);
    }),
  );
});

test('they show what they always showed, within the whole pixel that scaling rounds to', () => {
  fc.assert(
    fc.property(described, picture, (input, from) => {
      const { part, inputRect } = fitPicture(from, input);
      const { width, height, fit, crop = 1 } = input;
      const wider = from.width / from.height / (width / height);
      const middle = (w: number, h: number): Box => [(1 - w) / 2, (1 - h) / 2, w, h];
      const before = {
        stretch: { part: middle(1, 1), inputRect: middle(1, 1) },
        crop: {
          part: middle(wider > 1 ? crop / wider : crop, wider > 1 ? crop : crop * wider),
          inputRect: middle(1, 1),
        },
        letterbox: { part: middle(1, 1), inputRect: wider > 1 ? middle(1, 1 / wider) : middle(wider, 1) },
      }[fit ?? 'stretch'];
      const least = Math.min(width, height);
      near(part, before.part, 2 / least);
      near(inputRect, before.inputRect, 1.01 / least);
    }),
  );
});

test('a crop of 224 of 256 pixels is the middle 0.875 of the shorter side, on whole pixels', () => {
  const input = { width: 224, height: 224, fit: 'crop', crop: 0.875 } as const;
  const { part } = fitPicture({ width: 640, height: 480 }, input);
  near(part, [58 / 341, 16 / 256, 224 / 341, 224 / 256]);
});

test('what is stretched is seen whole, to the last digit', () => {
  const fitted = fitPicture({ width: 641, height: 479 }, { width: 300, height: 301, fit: 'stretch' });
  assert.deepEqual(fitted, { part: [0, 0, 1, 1], inputRect: [0, 0, 1, 1] });
});

test('older pages get the fit that is nearest to the steps', () => {
  fc.assert(
    fc.property(described, (input) => {
      const { fit, crop = 1 } = input;
      const fitted = fitOf({ width: input.width, height: input.height, steps: stepsOf(input) });
      // Of 256 pixels 224 are 0.875: the share is that of whole pixels.
      assert.equal(fitted.fit, fit);
      if (fit === 'crop') near([fitted.crop ?? 1], [crop], 2 / Math.min(input.width, input.height));
    }),
  );
  assert.deepEqual(fitOf({ width: 300, height: 300, fit: 'crop', crop: 0.9 }), { fit: 'crop', crop: 0.9 });
});
