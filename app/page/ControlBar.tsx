'use client';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { Lens } from '../lens/lens.ts';
import { confidence, type LensState, sourceName } from '../lens/lensState.ts';
import { ConfidenceSlider } from '../ui/ConfidenceSlider.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ControlBar.module.css';
import { ModelSwitcher } from './ModelSwitcher.tsx';
import { SourceMenu } from './SourceMenu.tsx';
import type { SourceChoice } from './useSources.tsx';

export interface ControlBarProps {
  lens: Lens;
  state: LensState;
  sources: readonly SourceChoice[];
  /** Whether this device has a front and a back camera to flip between. */
  canFlip: boolean;
  /** Those that give labels. */
  models: readonly ModelInfo[];
  /** Opens what can be set on the camera; undefined where there is nothing. */
  onCameraSettings: (() => void) | undefined;
}

/** Source, start and stop, and what the present source can do; the models and the confidence above or next to them. */
export function ControlBar(props: ControlBarProps) {
  const { lens, state, sources, canFlip, models, onCameraSettings } = props;
  const { view } = state;
  const { controls } = useWords();
  const isCamera = view.kind === 'live' && view.source === 'camera';
  return (
    <div className={styles.root} data-band="">
      <div className={styles.models}>
        <ModelSwitcher
          models={models}
          chosen={state.modelId}
          running={state.model?.id}
          secondary={state.secondary}
          onChoose={(id) => lens.chooseModel(id)}
          onToggleSecondary={(id) => lens.toggleSecondary(id)}
        />
      </div>
      <div className={styles.confidence}>
        <ConfidenceSlider {...confidence(state)} onChange={(value) => lens.setMinScore(value)} />
      </div>
      <div className={styles.buttons}>
        <SourceMenu sources={sources} current={sourceName(view)} onSettings={onCameraSettings} />
        <MainButton lens={lens} state={state} />
        <div className={styles.extra}>
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
  const { controls } = useWords();
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
          aria-label={controls.backToCamera}
          onClick={() => void lens.startCamera()}
        >
          <Icon name="camera" size={28} />
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
  isPressed?: boolean;
  onClick(): void;
}

function SmallButton({ icon, name, text = name, isPressed, onClick }: SmallButtonProps) {
  return (
    <button
      type="button"
      className={styles.small}
      aria-label={name}
      aria-pressed={isPressed}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span>{text}</span>
    </button>
  );
}
