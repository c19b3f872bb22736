'use client';
import { useEffect, useRef } from 'react';
import type { ModelInfo } from '../../protocol/messages.ts';
import { UNKNOWN } from '../../vision/things/unknown.ts';
import type { Lens } from '../lens/lens.ts';
import { confidence, type LensState, sourceName } from '../lens/lensState.ts';
import { type Mode, modeOf } from '../lens/modes.ts';
import { TeachBar } from '../panels/things/TeachBar.tsx';
import { ThingsBar } from '../panels/things/ThingsBar.tsx';
import { TextBar } from '../text/TextBar.tsx';
import type { Things } from '../things/things.ts';
import type { ThingsState } from '../things/thingsState.ts';
import { ConfidenceSlider } from '../ui/ConfidenceSlider.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ControlBar.module.css';
import { ModelSwitcher } from './ModelSwitcher.tsx';
import { SourceMenu } from './SourceMenu.tsx';
import { ThingBar } from './ThingBar.tsx';
import type { SourceChoice } from './useSources.tsx';

export interface ControlBarProps {
  lens: Lens;
  state: LensState;
  sources: readonly SourceChoice[];
  /** Whether this device has a front and a back camera to flip between. */
  canFlip: boolean;
  /** Those that give labels. */
  models: readonly ModelInfo[];
  modes: readonly Mode[];
  things: Things | undefined;
  thingsState: ThingsState;
  /** The mode of taught things was chosen, and is not in use yet. */
  isEntering: boolean;
  onMode(mode: Mode, isPassing: boolean): void;
  /** Opens what was taught. */
  onThings(): void;
  /** Opens what can be made of a still picture. */
  onExport(): void;
  /** Opens what was looked at before. */
  onHistory(): void;
  /** Opens what can be set on the camera; undefined where there is nothing. */
  onCameraSettings: (() => void) | undefined;
}

/** Source, start and stop, and what the present source can do; the models and the confidence above or next to them. */
export function ControlBar(props: ControlBarProps) {
  const { lens, state, sources, canFlip, models, modes, onExport, onHistory, onCameraSettings } = props;
  const { things, thingsState, isEntering, onMode, onThings } = props;
  const { view, locked } = state;
  const { controls, freeze } = useWords();
  const isCamera = view.kind === 'live' && view.source === 'camera';
  const mode = modeOf(modes, { ...state, modelId: state.modelId ?? state.model?.id });
  const wasTeaching = useRef(false);
  const isTeaching = thingsState.teaching !== undefined;
  useEffect(() => {
    wasTeaching.current = isTeaching;
  }, [isTeaching]);
  if (things && isTeaching) {
    return (
      <div className={styles.root} data-band="">
        <div className={styles.thing}>
          <TeachBar lens={lens} things={things} state={thingsState} locked={locked} />
        </div>
      </div>
    );
  }
  const mayTeach = mode?.kind === 'things' && thingsState.details?.mayChange;
  return (
    <div className={styles.root} data-band="">
      {locked && (
        <div className={styles.thing}>
          <ThingBar
            lens={lens}
            locked={locked}
            onTeach={
              mayTeach
                ? () =>
                    things?.teach({ wrong: locked.label.label === UNKNOWN ? undefined : locked.label.label })
                : undefined
            }
          />
        </div>
      )}
      {things && mode?.kind === 'things' && !locked && (
        <div className={styles.thing}>
          <ThingsBar things={things} state={thingsState} takesFocus={wasTeaching.current} onOpen={onThings} />
        </div>
      )}
      {!locked && (
        <TextBar className={styles.thing} lines={state.textLines} onUnselect={() => lens.unselectText()} />
      )}
      <div className={styles.models}>
        <ModelSwitcher
          modes={modes}
          // At once, so that a press is seen to do something.
          mode={isEntering ? modes.find(({ kind }) => kind === 'things') : mode}
          models={models}
          chosen={state.modelId}
          running={state.model?.id}
          secondary={state.secondary}
          onChoose={(id) => lens.chooseModel(id)}
          onMode={onMode}
          onToggleSecondary={(id) => lens.toggleSecondary(id)}
        />
      </div>
      {/* A code is read or not: there is nothing to set. */}
      {state.codes !== 'only' && (
        <div className={styles.confidence}>
          <ConfidenceSlider {...confidence(state)} onChange={(value) => lens.setMinScore(value)} />
        </div>
      )}
      <div className={styles.buttons}>
        <div className={styles.extra} data-side="left">
          <SourceMenu
            sources={sources}
            current={sourceName(view)}
            onSettings={onCameraSettings}
            onHistory={onHistory}
          />
          {view.kind === 'live' && (
            <SmallButton
              icon="freeze"
              name={freeze.freeze}
              title={freeze.freezeTitle}
              onClick={() => void lens.freeze()}
            />
          )}
          {view.kind === 'picture' && (
            <SmallButton icon="zoom" name={freeze.zoom} onClick={() => lens.magnifier?.toggle()} />
          )}
        </div>
        <MainButton lens={lens} state={state} />
        <div className={styles.extra}>
          {view.kind === 'picture' && view.phase.kind === 'done' && (
            <SmallButton icon="share" name={freeze.export} onClick={onExport} />
          )}
          {view.kind === 'live' && view.source === 'video' && (
            <SmallButton
              icon={view.paused ? 'play' : 'pause'}
              name={view.paused ? controls.play : controls.pause}
              onClick={() => lens.togglePause()}
            />
          )}
          {isCamera && canFlip && (
            <SmallButton
              icon="flip"
              name={controls.flipName}
              text={controls.flip}
              onClick={() => void lens.flip()}
            />
          )}
          {isCamera && !canFlip && (
            <SmallButton
              icon="mirror"
              name={controls.mirror}
              isPressed={view.mirrored}
              onClick={() => lens.toggleMirrored()}
            />
          )}
        </div>
      </div>
    </div>
  );
}

function MainButton({ lens, state: { view } }: { lens: Lens; state: LensState }) {
  const { controls, freeze } = useWords();
  switch (view.kind) {
    case 'live':
    case 'asking':
      return (
        <button
          type="button"
          className={styles.main}
          data-does="stop"
          aria-label={controls.stop}
          onClick={() => lens.stop()}
        >
          <i />
        </button>
      );
    case 'stopped':
      return (
        <button
          type="button"
          className={styles.main}
          data-does="start"
          aria-label={controls.start}
          onClick={() => void lens.start()}
        >
          <i />
        </button>
      );
    case 'picture':
      return (
        <button
          type="button"
          className={styles.main}
          data-does="camera"
          aria-label={view.frozen ? freeze.backToLive : controls.backToCamera}
          onClick={() => void (view.frozen ? lens.unfreeze() : lens.startCamera())}
        >
          <Icon name={view.frozen ? 'live' : 'camera'} size={28} />
        </button>
      );
    default:
      // The other views have a screen of their own with its buttons.
      return null;
  }
}

interface SmallButtonProps {
  icon: IconName;
  name: string;
  text?: string;
  title?: string;
  isPressed?: boolean;
  onClick(): void;
}

function SmallButton({ icon, name, text = name, title, isPressed, onClick }: SmallButtonProps) {
  return (
    <button
      type="button"
      className={styles.small}
      aria-label={name}
      title={title}
      aria-pressed={isPressed}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span>{text}</span>
    </button>
  );
}
