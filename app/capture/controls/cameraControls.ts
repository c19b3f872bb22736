/** A range as cameras tell it. iOS gives some without a step, and `focusDistance` without a maximum. */
interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
}

/**
 * What `getCapabilities()` tells of a camera, as far as it is used here. TypeScript's types lack what
 * https://w3c.github.io/mediacapture-image/ adds; phones leave out what they have not.
 */
export interface CameraCapabilities {
  /** iOS reported a list before it reported a boolean. */
  readonly torch?: boolean | readonly boolean[];
  readonly zoom?: Range;
  readonly focusMode?: readonly string[];
  readonly exposureMode?: readonly string[];
  readonly width?: Range;
  readonly height?: Range;
}

/** What `getSettings()` tells. */
export interface CameraSettings {
  readonly torch?: boolean;
  readonly zoom?: number;
  readonly width?: number;
  readonly height?: number;
}

/** Names of `navigator.mediaDevices.getSupportedConstraints()`. */
export type SupportedConstraints = Readonly<Record<string, boolean | undefined>>;

export interface ZoomControl {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
}

/** Heights in pixels of the pictures that a person may choose; widths follow as 16 to 9. */
export const RESOLUTIONS = [480, 720, 1080, 2160] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a person can set on a camera; undefined: it has no such thing. */
export interface CameraControls {
  /** Whether the light is on. */
  readonly torch: boolean | undefined;
  readonly zoom: ZoomControl | undefined;
  /** Whether it focuses, or measures the light, where the picture is tapped. */
  readonly hasPoint: boolean;
  readonly resolution:
    | { readonly choices: readonly Resolution[]; readonly current: Resolution | undefined }
    | undefined;
}

export const NO_CONTROLS: CameraControls = {
  torch: undefined,
  zoom: undefined,
  hasPoint: false,
  resolution: undefined,
};

/** Steps of a range that has none. */
const STEPS = 100;

/** What a camera lets a person set. */
export function controlsOf(
  capabilities: CameraCapabilities,
  settings: CameraSettings,
  supported: SupportedConstraints,
): CameraControls {
  const { torch, width, height } = capabilities;
  const hasTorch = Array.isArray(torch) ? torch.includes(true) : torch === true;
  return {
    torch: hasTorch ? settings.torch === true : undefined,
    zoom: zoomOf(capabilities.zoom, settings.zoom),
    hasPoint: supported.pointsOfInterest === true && focusPointMode(capabilities) !== undefined,
    resolution: resolutionOf(width, height, settings),
  };
}

/**
 * What a tap sets next to the point: the camera looks once, then holds, or goes on by itself. Undefined where it can do
 * neither, as laptops' cameras of fixed focus.
 */
export function focusPointMode({
  focusMode = [],
  exposureMode = [],
}: CameraCapabilities): { focusMode?: string; exposureMode?: string } | undefined {
  const choose = (modes: readonly string[]) =>
    ['single-shot', 'continuous'].find((mode) => modes.includes(mode));
  const focus = choose(focusMode);
  const exposure = choose(exposureMode);
  if (focus === undefined && exposure === undefined) return undefined;
  return {
    ...(focus !== undefined && { focusMode: focus }),
    ...(exposure !== undefined && { exposureMode: exposure }),
  };
}

function zoomOf(range: Range | undefined, value: number | undefined): ZoomControl | undefined {
  const { min, max, step } = range ?? {};
  if (min === undefined || max === undefined || !(max > min)) return undefined;
  const within = Math.min(max, Math.max(min, value ?? min));
  return { min, max, step: step !== undefined && step > 0 ? step : (max - min) / STEPS, value: within };
}

function resolutionOf(
  width: Range | undefined,
  height: Range | undefined,
  settings: CameraSettings,
): CameraControls['resolution'] {
  if (width?.max === undefined || height?.max === undefined) return undefined;
  // A phone that is held upright tells its sides swapped, or not: the shorter side is the height.
  const longest = Math.max(width.max, height.max);
  const shortest = Math.min(width.max, height.max);
  const choices = RESOLUTIONS.filter((side) => side <= shortest && widthOf(side) <= longest);
  if (choices.length < 2) return undefined;
  const side = Math.min(settings.width ?? 0, settings.height ?? 0);
  return { choices, current: choices.find((choice) => choice === side) };
}

/** Of a picture of 16 to 9. */
export const widthOf = (height: number): number => Math.round((height * 16) / 9);
