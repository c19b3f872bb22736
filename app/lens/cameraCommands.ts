import { messageOf } from '../../protocol/errors.ts';
import { NO_CONTROLS, type SupportedConstraints } from '../capture/controls/cameraControls.ts';
import { type CameraChange, CameraSetter } from '../capture/controls/cameraSetter.ts';
import type { LiveSource } from '../capture/liveSource.ts';
import type { LensContext } from './lensContext.ts';
import type { LensScreen } from './lensScreen.ts';
import { readPreferences, rememberPreference } from './preferences.ts';
import { canVibrate } from './vibration.ts';

/** Chromium learns what a camera can do a moment after it gives its first picture. */
const LATER_MS = 1_000;

/** The commands on the camera itself: light, zoom, focus, size of the picture. */
export class CameraCommands {
  readonly #context: LensContext;
  readonly #screen: LensScreen;
  #setter: CameraSetter | undefined;
  #attached = new AbortController();

  constructor(context: LensContext, screen: LensScreen) {
    this.#context = context;
    this.#screen = screen;
    context.store.dispatch({
      type: 'vibrates',
      vibrates: canVibrate() ? readPreferences().vibrate : undefined,
    });
  }

  /** Finds out what the source that is now shown lets a person set; nothing, where it is no camera. */
  attach(source: LiveSource): void {
    this.close();
    const [track] = source.kind === 'camera' ? source.stream.getVideoTracks() : [];
    if (!track) return;
    const { store, elements } = this.#context;
    const setter = new CameraSetter({
      track,
      supported: navigator.mediaDevices.getSupportedConstraints() as SupportedConstraints,
      onControls: (controls) => store.dispatch({ type: 'controls', controls }),
      onRefused: (change, error) =>
        store.dispatch({
          type: 'notice',
          notice: ({ cameraControls }) => ({
            title: cameraControls.refused[change.kind],
            text: '',
            english: { text: messageOf(error) },
          }),
        }),
    });
    this.#setter = setter;
    this.#attached = new AbortController();
    const { signal } = this.#attached;
    const read = () => store.dispatch({ type: 'controls', controls: setter.controls });
    // `resize`: the phone was turned, or the size was changed.
    for (const event of ['playing', 'resize']) elements.video.addEventListener(event, read, { signal });
    const timer = setTimeout(read, LATER_MS);
    signal.addEventListener('abort', () => clearTimeout(timer));
    read();
  }

  /** Sets something on the camera that is shown. What it refuses becomes a notice. */
  change(change: CameraChange): void {
    this.#setter?.change(change);
  }

  /**
   * Has the camera focus, and measure the light, where the picture was tapped.
   * @param tap CSS pixels of the page
   * @returns whether it can, and the tap was on the picture
   */
  focusAt(tap: { x: number; y: number }): boolean {
    const { controls } = this.#context.store.getState();
    const point = controls.hasPoint ? this.#screen.live?.pointAt(tap) : undefined;
    if (point === undefined) return false;
    this.change({ kind: 'point', point });
    return true;
  }

  /** Sets whether the phone ticks when something is locked, and remembers that. */
  setVibrates(vibrates: boolean): void {
    rememberPreference('vibrate', vibrates);
    this.#context.store.dispatch({ type: 'vibrates', vibrates });
  }

  /** Idempotent. */
  close(): void {
    this.#attached.abort();
    this.#setter = undefined;
    this.#context.store.dispatch({ type: 'controls', controls: NO_CONTROLS });
  }
}
