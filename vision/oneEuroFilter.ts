/**
 * The One Euro filter: a low-pass filter whose cutoff rises with speed, so a thing at rest is steady and a thing in
 * motion has little lag. Casiez, Roussel, Vogel: "1€ Filter", CHI 2012, https://gery.casiez.net/1euro/
 */
export interface OneEuroState {
  readonly value: number;
  /** Filtered change of the value per second. */
  readonly perSecond: number;
  readonly atMs: number;
}

export interface OneEuroOptions {
  /** Cutoff in Hz at rest: lower is steadier. */
  minCutoffHz: number;
  /** How much the cutoff rises, in Hz, for a speed of 1 per second: higher lags less. */
  beta: number;
  /** Cutoff in Hz for the speed itself. */
  speedCutoffHz: number;
}

export function startOneEuro(value: number, atMs: number): OneEuroState {
  return { value, perSecond: 0, atMs };
}

/** The state after one more measurement; a measurement that is not newer replaces nothing. */
export function stepOneEuro(
  state: OneEuroState,
  measured: number,
  atMs: number,
  options: OneEuroOptions,
): OneEuroState {
  const seconds = (atMs - state.atMs) / 1000;
  if (seconds <= 0) return state;
  const speed = lowPass(
    state.perSecond,
    (measured - state.value) / seconds,
    weight(options.speedCutoffHz, seconds),
  );
  const cutoffHz = options.minCutoffHz + options.beta * Math.abs(speed);
  return { value: lowPass(state.value, measured, weight(cutoffHz, seconds)), perSecond: speed, atMs };
}

const lowPass = (before: number, now: number, weightOfNow: number) => before + weightOfNow * (now - before);

/** How much one new measurement counts, 0..1, for a cutoff and the time since the last. */
function weight(cutoffHz: number, seconds: number): number {
  const timeConstant = 1 / (2 * Math.PI * cutoffHz);
  return 1 / (1 + timeConstant / seconds);
}
