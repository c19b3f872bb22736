import {
  type CameraCapabilities,
  type CameraControls,
  type CameraSettings,
  controlsOf,
  focusPointMode,
  NO_CONTROLS,
  type Resolution,
  type SupportedConstraints,
  widthOf,
} from './cameraControls.ts';
import type { PicturePoint } from './pointInPicture.ts';

/** Something that a person sets on a camera. */
export type CameraChange =
  | { readonly kind: 'torch'; readonly isOn: boolean }
  | { readonly kind: 'zoom'; readonly zoom: number }
  | { readonly kind: 'point'; readonly point: PicturePoint }
  | { readonly kind: 'resolution'; readonly resolution: Resolution };

/** As much of a track as is needed here. */
export interface CameraTrack {
  readonly readyState: MediaStreamTrackState;
  getCapabilities?(): CameraCapabilities;
  getSettings(): CameraSettings;
  applyConstraints(constraints: MediaTrackConstraints): Promise<void>;
}

export interface CameraSetterOptions {
  track: CameraTrack;
  supported: SupportedConstraints;
  /** What can be set, and how it is now: after each change, done or not. */
  onControls(controls: CameraControls): void;
  /** A change that the camera refused; the others stand. */
  onRefused(change: CameraChange, error: unknown): void;
}

/**
 * Sets things on one camera, one after the other: a camera that is asked for two at once may drop one. Of the same kind only
 * the newest waits, so that a slider does not run behind.
 */
export class CameraSetter {
  readonly #options: CameraSetterOptions;
  readonly #waiting = new Map<CameraChange['kind'], CameraChange>();
  /** What was set: constraints of a kind replace those before, and a zoom must not switch the light off. */
  #set: Record<string, unknown> = {};
  #isRunning = false;

  constructor(options: CameraSetterOptions) {
    this.#options = options;
  }

  get controls(): CameraControls {
    const { track, supported } = this.#options;
    if (track.readyState === 'ended') return NO_CONTROLS;
    return controlsOf(this.#capabilities, track.getSettings(), supported);
  }

  change(change: CameraChange): void {
    this.#waiting.set(change.kind, change);
    if (!this.#isRunning) void this.#run();
  }

  get #capabilities(): CameraCapabilities {
    // Not in Firefox before 132.
    return this.#options.track.getCapabilities?.() ?? {};
  }

  async #run(): Promise<void> {
    const { track, onControls, onRefused } = this.#options;
    this.#isRunning = true;
    for (;;) {
      const [next] = this.#waiting.values();
      if (next === undefined || track.readyState === 'ended') break;
      this.#waiting.delete(next.kind);
      try {
        await this.#apply(next);
      } catch (error) {
        // The end of a track is reported elsewhere.
        if (track.readyState === 'live') onRefused(next, error);
      }
      onControls(this.controls);
    }
    this.#waiting.clear();
    this.#isRunning = false;
  }

  async #apply(change: CameraChange): Promise<void> {
    const { track } = this.#options;
    if (change.kind === 'resolution') {
      // Chromium takes no constraints of a picture's size together with those of the lens.
      const height = change.resolution;
      await track.applyConstraints({
        width: { ideal: widthOf(height) },
        height: { ideal: height },
        frameRate: { ideal: 30 },
      });
      return;
    }
    const set = { ...this.#set, ...this.#constraintsOf(change) };
    await track.applyConstraints({ advanced: [set as MediaTrackConstraintSet] });
    this.#set = set;
    // Chromium on Android says that it is done, and leaves the light on: w3c/mediacapture-main issue 779.
    if (change.kind === 'torch' && (track.getSettings().torch ?? change.isOn) !== change.isOn) {
      throw new Error(`The light stayed ${change.isOn ? 'off' : 'on'}.`);
    }
  }

  #constraintsOf(change: Exclude<CameraChange, { kind: 'resolution' }>): Record<string, unknown> {
    switch (change.kind) {
      case 'torch':
        return { torch: change.isOn };
      case 'zoom':
        return { zoom: change.zoom };
      case 'point':
        return { pointsOfInterest: [change.point], ...focusPointMode(this.#capabilities) };
      default:
        return change satisfies never;
    }
  }
}
