import { MAX_SECONDARY_MODELS } from '../../protocol/frame.ts';
import { THINGS_PREFIX } from '../../protocol/things.ts';
import type { Head } from '../../vision/things/head.ts';
import type { BackendMode } from '../recognizers/backend.ts';
import type { LensContext } from './lensContext.ts';
import type { LensScreen } from './lensScreen.ts';
import type { Notice } from './lensState.ts';
import type { ModelWatch } from './modelWatch.ts';
import { type CodesMode, isOnlyHere, type Mode, thingsMode } from './modes.ts';
import { readMinScore, readPreferences, rememberMinScore, rememberPreference } from './preferences.ts';

/** The commands on what labels the picture: models, backend, lowest score. Each is remembered. */
export class ModelSelectionCommands {
  readonly #context: LensContext;
  readonly #screen: LensScreen;
  readonly #modelWatch: ModelWatch;
  /** Where a person wants frames to be processed; a browser may store nothing. Undefined: as stored. */
  #backend: BackendMode | undefined;

  constructor(context: LensContext, screen: LensScreen, modelWatch: ModelWatch) {
    this.#context = context;
    this.#screen = screen;
    this.#modelWatch = modelWatch;
  }

  /** Uses another model from now on, and remembers that. */
  chooseModel(modelId: string): void {
    const { codes, secondary } = this.#context.store.getState();
    rememberPreference('modelId', modelId);
    if (codes === 'only') this.#setCodes('on');
    this.choose(modelId, secondary);
    this.#screen.picture?.ask();
  }

  /** Uses the lens in another way from now on, and remembers that. */
  chooseMode({ modelId, secondary, codes }: Mode): void {
    rememberPreference('modelId', modelId);
    this.#setCodes(codes);
    this.choose(modelId, secondary);
    this.#screen.picture?.ask();
  }

  #setCodes(codes: CodesMode): void {
    const { store, recognizer, meter } = this.#context;
    // What was measured is of something else.
    if (codes !== store.getState().codes) meter.reset(performance.now());
    rememberPreference('codes', codes);
    store.dispatch({ type: 'codes', codes });
    this.#screen.live?.setCodesMode(codes);
    // Codes alone need no model, neither here nor on the server.
    if (codes === 'only') recognizer.stop();
    else if (this.#screen.live) this.#screen.startRecognizer();
  }

  /**
   * Something was taught, or another collection is in use: from the next frame on things have their names, whether anything moves or not.
   * The lens goes along to another collection while it is used for one; who went on to something else stays there.
   * @param modelId names the collection
   * @param head what a collection teaches that only this browser has, whether it is in use or not; the server is asked of its own
   */
  noteTaught(modelId: string, head?: Head): void {
    const { heads, recognizer, store } = this.#context;
    if (head === undefined) {
      const { modelId: used } = store.getState();
      if (used !== modelId && used?.startsWith(THINGS_PREFIX)) {
        this.chooseMode(thingsMode(modelId));
        return;
      }
      if (isOnlyHere(modelId)) return;
    }
    const isKnown = heads.changed(modelId.slice(THINGS_PREFIX.length), head);
    const { modelId: selected, secondary, minScore } = store.getState();
    if (modelId !== selected) return;
    recognizer.configure({ model: modelId, secondary, minScore });
    // A picture has no next frame: what is asked before this device knows the new names would stay.
    void isKnown.then(() => this.#screen.picture?.ask());
  }

  /** Turns a secondary model on or off, and remembers that. */
  toggleSecondary(id: string): void {
    const { modelId, secondary } = this.#context.store.getState();
    const isOn = secondary.includes(id);
    this.choose(
      modelId,
      isOn ? secondary.filter((other) => other !== id) : [...secondary, id].slice(-MAX_SECONDARY_MODELS),
    );
  }

  /**
   * Sets where frames are processed, and remembers that. Things that only this browser has stay on this device, and it is in effect
   * for all else.
   */
  setBackendMode(mode: BackendMode): void {
    const { store } = this.#context;
    this.#backend = mode;
    rememberPreference('backend', mode);
    const applied = this.#backendFor(store.getState().modelId);
    if (applied !== mode) {
      const notice: Notice = ({ things }) => ({ title: things.staysHere, text: things.staysHereText });
      store.dispatch({ type: 'notice', notice });
    }
    this.#applyBackend(applied);
  }

  #backendFor(modelId: string | undefined): BackendMode {
    this.#backend ??= readPreferences().backend;
    return isOnlyHere(modelId) ? 'device' : this.#backend;
  }

  #applyBackend(mode: BackendMode): void {
    this.#context.device.setChosen(mode === 'device');
    // Whoever relies on this device wants to find its models here the next time, too.
    if (mode === 'device') void this.#context.device.persist();
    this.#context.recognizer.setMode(mode);
    if (mode === 'server') this.#context.local.release();
    if (this.#screen.live) this.#modelWatch.start();
    this.#screen.picture?.ask();
  }

  /** Loads what this device needs to run the model, so that its speed is known; `endMeasuring` frees it. */
  measureDevice(): void {
    this.#context.local.prepare('primary');
  }

  endMeasuring(): void {
    if (this.#context.recognizer.report.mode === 'server') this.#context.local.release();
  }

  /** Lowest score to show, 0..1. */
  setMinScore(minScore: number): void {
    this.#context.store.dispatch({ type: 'minScore', minScore });
    const { modelId, secondary } = this.#context.store.getState();
    rememberMinScore(modelId, minScore);
    this.#context.recognizer.configure({ model: modelId, secondary, minScore });
    this.#screen.picture?.refresh();
  }

  /** Uses these models, with the lowest score that is remembered for the first. */
  choose(modelId: string | undefined, requested: readonly string[]): void {
    const minScore = readMinScore(modelId);
    const secondary = requested.filter((id) => id !== modelId);
    const mode = this.#backendFor(modelId);
    if (mode !== this.#context.recognizer.report.mode) this.#applyBackend(mode);
    rememberPreference('secondary', secondary.length > 0 ? secondary.join() : undefined);
    this.#context.store.dispatch({ type: 'chosen', modelId, secondary, minScore });
    this.#context.recognizer.configure({ model: modelId, secondary, minScore });
  }

  /** The selected model is not there: another one is used. */
  onModelLost(why: string): void {
    rememberPreference('modelId', undefined);
    this.choose(undefined, []);
    this.#context.store.dispatch({
      type: 'notice',
      notice: ({ notices, errors }) => ({
        title: notices.switched,
        text: '',
        english: { text: why, meaning: errors.meaning('no_model') },
      }),
    });
  }
}
