import { decodeModel } from '../onnx/onnxBytes.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import { OnnxGraph, type OnnxNode } from '../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { float32 } from '../onnx/tensor.ts';
import type { CalibrationPicture } from '../quantize/runValues.ts';
import { seeded } from './opHarness.ts';

/** For tests: a deployed graph of a few ops, from pixels of 16x16 on. */
export const SIDE = 16;

export class SmallNetwork {
  readonly graph = new OnnxGraph();
  readonly #random = seeded(11);
  /** float32, [1, 3, side, side], -1..1. */
  readonly pixels: string;

  constructor() {
    const image = this.graph.input({ name: 'image', dtype: 'uint8', shape: ['N', SIDE, SIDE, 3] });
    const float = this.graph.add('Cast', [image], { to: { int: 1 } }, 'float');
    const scaled = this.add('Mul', float, this.graph.constant(float32([], [2 / 255]), 'scale'));
    const centred = this.add('Sub', scaled, this.graph.constant(float32([], [1]), 'one'));
    this.pixels = this.graph.add('Transpose', [centred], { perm: { ints: [0, 3, 1, 2] } }, 'channels-first');
  }

  add(op: string, ...inputs: string[]): string {
    return this.graph.add(op, inputs, {}, op.toLowerCase());
  }

  /**
   * @param options.gain what the weights of an output channel are multiplied by
   * @param options.taking the same of an input channel
   */
  conv(
    input: string,
    [outputs, inputs, side]: readonly [number, number, number],
    {
      groups = 1,
      gain = () => 1,
      taking = () => 1,
      name = 'conv',
    }: {
      groups?: number;
      gain?: (channel: number) => number;
      taking?: (channel: number) => number;
      name?: string;
    } = {},
  ): string {
    const each = inputs * side * side;
    const weights = Array.from(
      { length: outputs * each },
      (_, at) =>
        ((this.#random() * 2 - 1) *
          gain(Math.floor(at / each)) *
          taking(Math.floor((at % each) / side ** 2))) /
        Math.sqrt(each),
    );
    const bias = Array.from(
      { length: outputs },
      (_, channel) => (this.#random() - 0.3) * 0.2 * gain(channel),
    );
    const pad = (side - 1) / 2;
    const attributes: OnnxNode['attributes'] = {
      pads: { ints: [pad, pad, pad, pad] },
      group: { int: groups },
    };
    const names = [
      this.graph.constant(float32([outputs, inputs, side, side], weights), `${name}:weights`),
      this.graph.constant(float32([outputs], bias), `${name}:bias`),
    ];
    return this.graph.add('Conv', [input, ...names], attributes, name);
  }

  relu6(input: string): string {
    const bounds = [0, 6].map((bound) => this.graph.constant(float32([], [bound]), 'bound'));
    return this.add('Clip', input, ...bounds);
  }

  /** The model whose output is this value. */
  model(value: string, channels: number): ModelProto {
    this.graph.output({ name: 'scores', dtype: 'float32', shape: ['N', channels, 'H', 'W'] }, value);
    return decodeModel(serialiseOnnx(this.graph, 'small'));
  }
}

/** Pictures with something in them: stripes and spots of several colours. */
export function smallPictures(count: number, seed = 3): CalibrationPicture[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, at) => {
    const wave = [random() * 2, random() * 2, random() * 6];
    const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (__, i) => {
      const [x, y, colour] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE), i % 3];
      const value = Math.sin(x * (wave[0] ?? 0) + y * (wave[1] ?? 0) + colour * (wave[2] ?? 0));
      return Math.max(0, Math.min(255, 128 + 110 * value + 30 * (random() - 0.5)));
    });
    return { name: `${at}`, pixels, width: SIDE, height: SIDE };
  });
}
