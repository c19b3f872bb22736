/** How a picture becomes the numbers that a model was trained on: (value * scale - mean) / std, value 0..255. */
export interface Preparation {
  readonly channels: 'RGB' | 'BGR';
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** value * factor + shift for each channel, in the model's order; rounded to float32 once. */
export function affine({ scale, mean, std }: Preparation): { factors: number[]; shifts: number[] } {
  return {
    factors: std.map((by) => scale / by),
    // Not -0, which would be another file.
    shifts: mean.map((by, channel) => 0 - by / (std[channel] ?? 1)),
  };
}
