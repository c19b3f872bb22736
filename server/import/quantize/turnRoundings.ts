/** How the inputs of a layer go together: mean product of each two of them, [inputs, inputs], as they are scaled. */
export type Together = Float64Array;

/** Half of it is won in the first pass, and next to nothing after the fourth. */
const PASSES = 4;
const TOP = 127;

export interface Row {
  /** Exact weights of one output of a pointwise convolution. */
  readonly exact: Float32Array;
  /** The rounded ones, which are changed. */
  readonly values: Int8Array;
  readonly scale: number;
}

/**
 * Turns roundings of a row over while that lessens the mean square of what rounding changes in the output: where two inputs go together,
 * the error of one weight makes up for that of another. Coordinate descent on what GPTQ (https://arxiv.org/abs/2210.17323) also lessens.
 * @param maxPair two neighbours of one sign may add up to that; Infinity where sums of products are not cut off
 * @returns the scale that fits the turned roundings
 */
export function turnRoundings({ exact, values, scale }: Row, together: Together, maxPair: number): number {
  const descent = new Descent(exact, values, scale, together, maxPair);
  for (let pass = 0; pass < PASSES; pass++) {
    const hasTurned = [descent.turnOnes(), descent.turnPairs()].some(Boolean);
    if (!hasTurned) break;
    if (pass === 0) descent.fitScale();
  }
  return descent.scale;
}

class Descent {
  scale: number;
  readonly #values: Int8Array;
  readonly #together: Together;
  readonly #maxPair: number;
  readonly #count: number;
  /** The products times the exact weights, and times the rounded ones. */
  readonly #ofExact: Float64Array;
  readonly #ofValues: Float64Array;

  constructor(exact: Float32Array, values: Int8Array, scale: number, together: Together, maxPair: number) {
    this.#values = values;
    this.scale = scale;
    this.#together = together;
    this.#maxPair = maxPair;
    this.#count = exact.length;
    this.#ofExact = new Float64Array(this.#count);
    this.#ofValues = new Float64Array(this.#count);
    for (let at = 0; at < this.#count; at++) {
      this.#addProducts(this.#ofExact, at, exact[at] ?? 0);
      this.#addProducts(this.#ofValues, at, values[at] ?? 0);
    }
  }

  /** Each weight goes where the error is least while the others stay. */
  turnOnes(): boolean {
    let hasTurned = false;
    for (let at = 0; at < this.#count; at++) {
      const own = this.#product(at, at);
      if (own <= 0) continue;
      const value = this.#values[at] ?? 0;
      const wanted = value - Math.round(this.#slope(at) / own / this.scale);
      const by = this.#bounded(at, wanted) - value;
      if (by === 0 || this.#change(at, by) >= 0) continue;
      this.#turn(at, by);
      hasTurned = true;
    }
    return hasTurned;
  }

  /** Two neighbours, which are bound to each other, go by one step each. */
  turnPairs(): boolean {
    let hasTurned = false;
    for (let at = 0; at + 1 < this.#count; at += 2) {
      for (const [one, other] of STEPS) {
        const both = 2 * this.#product(at, at + 1) * one * other * this.scale ** 2;
        if (this.#change(at, one) + this.#change(at + 1, other) + both >= 0) continue;
        if (!this.#fits((this.#values[at] ?? 0) + one, (this.#values[at + 1] ?? 0) + other)) continue;
        this.#turn(at, one);
        this.#turn(at + 1, other);
        hasTurned = true;
        break;
      }
    }
    return hasTurned;
  }

  /** The scale with the least error for the roundings as they are. */
  fitScale(): void {
    let ofExact = 0;
    let ofValues = 0;
    for (let at = 0; at < this.#count; at++) {
      ofExact += (this.#values[at] ?? 0) * (this.#ofExact[at] ?? 0);
      ofValues += (this.#values[at] ?? 0) * (this.#ofValues[at] ?? 0);
    }
    // float32, as the graph has it.
    if (ofExact > 0 && ofValues > 0) this.scale = Math.fround(ofExact / ofValues);
  }

  #addProducts(to: Float64Array, at: number, factor: number): void {
    if (factor === 0) return;
    const [together, start] = [this.#together, at * this.#count];
    for (let other = 0; other < to.length; other++) {
      to[other] = (to[other] ?? 0) + (together[start + other] ?? 0) * factor;
    }
  }

  /** Half the slope of the error. */
  #slope(at: number): number {
    return (this.#ofValues[at] ?? 0) * this.scale - (this.#ofExact[at] ?? 0);
  }

  #product(one: number, other: number): number {
    return this.#together[one * this.#count + other] ?? 0;
  }

  /** What the error becomes more by. */
  #change(at: number, steps: number): number {
    const by = steps * this.scale;
    return 2 * this.#slope(at) * by + this.#product(at, at) * by ** 2;
  }

  #turn(at: number, by: number): void {
    this.#values[at] = (this.#values[at] ?? 0) + by;
    this.#addProducts(this.#ofValues, at, by);
  }

  #bounded(at: number, value: number): number {
    const within = Math.max(-TOP, Math.min(TOP, value));
    const neighbour = this.#values[at ^ 1] ?? 0;
    if ((at ^ 1) >= this.#count || neighbour === 0) return within;
    const most = this.#maxPair - Math.abs(neighbour);
    return neighbour > 0 ? Math.min(within, most) : Math.max(within, -most);
  }

  #fits(one: number, other: number): boolean {
    if (Math.abs(one) > TOP || Math.abs(other) > TOP) return false;
    return one * other <= 0 || Math.abs(one) + Math.abs(other) <= this.#maxPair;
  }
}

const STEPS = [
  [1, -1],
  [-1, 1],
  [1, 1],
  [-1, -1],
] as const;
