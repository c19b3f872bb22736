'use client';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { givesLabels } from '../../vision/tasks/taskOf.ts';
import { tellStarted } from '../browser/started.ts';
import { confidence, connectionName, inUse, sourceName } from '../lens/lensState.ts';
import type { StreamReading } from '../lens/streamMeter.ts';
import { useLens } from '../lens/useLens.ts';
import { droppedFiles, looksLikeModel } from '../models/modelFiles.ts';
import { isUnanswered, labellingModels } from '../models/modelsState.ts';
import { useModels } from '../models/useModels.ts';
import overlayStyles from '../overlay/Overlay.module.css';
import { BackendControl } from '../panels/backend/BackendControl.tsx';
import { HelpDialog } from '../panels/help/HelpDialog.tsx';
import { ModelsPanel } from '../panels/models/ModelsPanel.tsx';
import { Icon } from '../ui/Icon.tsx';
import hidden from '../ui/SrOnly.module.css';
import type { Shortcut } from '../ui/shortcuts.ts';
import { useMediaQuery } from '../ui/useMediaQuery.ts';
import { useShortcuts } from '../ui/useShortcuts.ts';
import { declareLanguage } from '../ui/words/declareLanguage.ts';
import { useSpeech } from '../ui/words/useWords.ts';
import { speech } from '../ui/words/words.ts';
import { CameraSelect } from './CameraSelect.tsx';
import { CameraSheet, hasCameraSettings } from './CameraSheet.tsx';
import { ConnectionStatus } from './ConnectionStatus.tsx';
import { ControlBar } from './ControlBar.tsx';
import { DemoBadge } from './DemoBadge.tsx';
import { DropTarget } from './DropTarget.tsx';
import { FocusRing, type Tap } from './FocusRing.tsx';
import { InstallOffer } from './InstallOffer.tsx';
import styles from './Livelens.module.css';
import { NoticeToast } from './NoticeToast.tsx';
import { PictureSummary } from './PictureSummary.tsx';
import { PresentExit } from './PresentExit.tsx';
import { Readout } from './Readout.tsx';
import { UpdateToast } from './UpdateToast.tsx';
import { useCameraGestures } from './useCameraGestures.ts';
import { usePresent } from './usePresent.ts';
import { usePwa } from './usePwa.ts';
import { useSources } from './useSources.tsx';
import { ViewScreen } from './ViewScreen.tsx';

const NO_READING: StreamReading = { ratePerS: 0, ageMs: undefined, isStill: false };

const NEEDS_CONTROLS: ReadonlySet<Shortcut> = new Set(['models', 'backend', 'detail', 'help']);

/** The whole page: the stage with picture and labels, the screen of the present state, the controls. */
export function Livelens() {
  useEffect(tellStarted, []);
  const { language, words } = useSpeech();
  const { stage, modelsPanel, help } = words;
  useLayoutEffect(() => {
    // React takes the page over in English, as it was delivered.
    if (language === speech().language) declareLanguage(language);
  }, [language]);
  const video = useRef<HTMLVideoElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const stageElement = useRef<HTMLDivElement>(null);
  const announcer = useRef<HTMLDivElement>(null);
  const { lens, state } = useLens({ video, picture, overlay, announcer });
  const { sources, inputs } = useSources(lens);
  const current = state.model && `${state.model.id}@${state.model.version}`;
  const { models, state: modelsState, notice, dismissNotice } = useModels(lens, current);
  const { pwa, state: pwaState } = usePwa(lens);
  const installOffer = <InstallOffer install={pwaState.install} onInstall={() => void pwa?.install()} />;
  const lookers = modelsState.list
    ? labellingModels(modelsState.list)
    : (lens?.device.info() ?? []).filter(({ task }) => givesLabels(task));
  const [areModelsOpen, setModelsOpen] = useState(false);
  const [isBackendOpen, setBackendOpen] = useState(false);
  const [isCameraOpen, setCameraOpen] = useState(false);
  const [tap, setTap] = useState<Tap>();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isDetailOpen, setDetailOpen] = useState(false);
  const hasTouch = useMediaQuery('(pointer: coarse)');
  const { view, recognizer, cameras, backend, controls, vibrates } = state;
  const isCamera = view.kind === 'live' && view.source === 'camera';
  const hasSettings = isCamera && hasCameraSettings(controls, vibrates);
  const hasPicture = view.kind === 'live' || view.kind === 'picture';
  const { present, button: presentButton, enter, leave } = usePresent(hasPicture);
  const isPresenting = present !== 'off';
  const connection = connectionName(recognizer);
  const chosen = state.modelId ?? state.model?.id;

  const togglePresent = () => {
    if (isPresenting) leave();
    else if (hasPicture) enter();
  };

  useShortcuts((shortcut: Shortcut) => {
    const nudge = (by: number) => {
      const { value, floor, ceiling } = confidence(state);
      lens?.setMinScore(Math.min(ceiling, Math.max(floor, Math.round((value + by) * 100) / 100)));
    };
    // What opens from the controls needs them.
    if (NEEDS_CONTROLS.has(shortcut)) leave();
    switch (shortcut) {
      case 'startStop':
        if (view.kind === 'live' || view.kind === 'asking') lens?.stop();
        else void lens?.start();
        return;
      case 'pause':
        if (view.kind === 'live' && view.source === 'video') lens?.togglePause();
        return;
      case 'flip':
        if (view.kind === 'live' && view.source === 'camera') void lens?.flip();
        return;
      case 'mirror':
        lens?.toggleMirrored();
        return;
      case 'present':
        togglePresent();
        return;
      case 'camera':
      case 'picture':
      case 'video':
      case 'screen':
      case 'demo':
        sources.find((source) => source.id === shortcut)?.choose();
        return;
      case 'lower':
        nudge(-0.05);
        return;
      case 'higher':
        nudge(0.05);
        return;
      case 'models':
        setModelsOpen(true);
        return;
      case 'nextModel': {
        const at = lookers.findIndex(({ id }) => id === chosen);
        const next = lookers[(at + 1) % lookers.length];
        if (next && next.id !== chosen) lens?.chooseModel(next.id);
        return;
      }
      case 'backend':
        setBackendOpen(true);
        return;
      case 'detail':
        setDetailOpen((isOpen) => !isOpen);
        return;
      case 'help':
        setHelpOpen(true);
        return;
      default:
        shortcut satisfies never;
    }
  });

  useCameraGestures(stageElement, {
    controls,
    onZoom: (zoom) => lens?.changeCamera({ kind: 'zoom', zoom }),
    onTap: (at) => {
      if (lens?.focusAt(at)) setTap(at);
    },
  });

  const readMeter = useCallback(() => lens?.readMeter() ?? NO_READING, [lens]);
  const readDetail = useCallback(() => lens?.readDetail() ?? { age: undefined, link: undefined }, [lens]);
  const isShowing = view.kind === 'live' || view.kind === 'stopped' || view.kind === 'picture';
  const isMirrored = view.kind === 'live' && view.mirrored;

  return (
    <main
      className={styles.root}
      data-state={view.kind}
      data-place={backend.backend}
      data-connection={connection}
      data-source={sourceName(view)}
      data-models={lookers.length > 1 || undefined}
      data-offline={pwaState.offline.kind}
      data-pixels={state.pixels}
      data-present={isPresenting ? present : undefined}
    >
      {view.kind !== 'welcome' && <h1 className={hidden.srOnly}>Livelens</h1>}
      <div ref={stageElement} className={styles.stage}>
        <video
          ref={video}
          data-testid="video"
          className={styles.content}
          data-mirrored={isMirrored || undefined}
          muted
          playsInline
          disablePictureInPicture
          aria-label={stage.video}
        />
        {/* biome-ignore lint/performance/noImgElement: a local file, decoded and laid out by hand */}
        <img ref={picture} data-testid="picture" className={styles.content} alt={stage.picture} />
        <div ref={overlay} data-testid="overlay" className={overlayStyles.overlay} aria-hidden="true" />
      </div>

      <ViewScreen lens={lens} view={view} sources={sources} mode={backend.mode} installOffer={installOffer} />

      <div className={styles.top} hidden={isPresenting}>
        <div className={styles.left}>
          {view.kind === 'live' && (
            <Readout
              read={readMeter}
              readDetail={readDetail}
              connection={connection}
              backend={backend.backend}
              isOpen={isDetailOpen}
              onOpenChange={setDetailOpen}
            />
          )}
          {view.kind === 'picture' && <PictureSummary phase={view.phase} />}
          {lens && (
            <BackendControl lens={lens} state={state} isOpen={isBackendOpen} onOpenChange={setBackendOpen} />
          )}
        </div>
        <div className={styles.right}>
          {view.kind === 'live' && view.source === 'camera' && cameras.length > 1 && (
            <CameraSelect
              cameras={cameras}
              current={state.cameraId}
              onChoose={(id) => void lens?.chooseCamera(id)}
            />
          )}
          {hasPicture && (
            <button
              ref={presentButton}
              type="button"
              className={`${styles.round} ${styles.present}`}
              aria-label={stage.present}
              title={stage.presentTitle}
              onClick={enter}
            >
              <Icon name="present" />
            </button>
          )}
          <button
            type="button"
            className={styles.round}
            aria-label={modelsPanel.title}
            data-busy={isUnanswered(modelsState.adding) || undefined}
            onClick={() => setModelsOpen(true)}
          >
            <Icon name="models" />
          </button>
          <button
            type="button"
            className={styles.round}
            aria-label={help.title}
            onClick={() => setHelpOpen(true)}
          >
            <Icon name="help" />
          </button>
        </div>
      </div>
      {isPresenting && <PresentExit isIdle={present === 'idle'} onLeave={leave} />}
      <p role="status" className={hidden.srOnly}>
        {isPresenting && stage.presenting}
      </p>

      {lens && isShowing && !isPresenting && (
        <ControlBar
          lens={lens}
          state={state}
          sources={sources}
          canFlip={hasTouch}
          models={lookers}
          onCameraSettings={hasSettings ? () => setCameraOpen(true) : undefined}
        />
      )}
      <div className={styles.messages}>
        <DemoBadge isShown={view.kind === 'live' && view.source === 'demo'} />
        <ConnectionStatus lens={lens} state={state} backend={backend.backend} />
        {!isPresenting && (
          <UpdateToast
            update={pwaState.update}
            onReload={() => void pwa?.reload()}
            onLater={() => pwa?.putOff()}
          />
        )}
        <NoticeToast
          notice={state.notice ?? notice}
          onDismiss={() => (state.notice ? lens?.dismissNotice() : dismissNotice())}
        />
      </div>
      <DropTarget
        onFile={(file) => void lens?.openFile(file)}
        onDrop={(transfer) => {
          if (!looksLikeModel(transfer)) return false;
          setModelsOpen(true);
          // Where nothing may be changed, the panel says how it may.
          if (modelsState.list?.mayChange !== false) {
            void droppedFiles(transfer).then((files) => models?.addFiles(files));
          }
          return true;
        }}
      />
      {models && lens && (
        <ModelsPanel
          models={models}
          state={modelsState}
          chosen={chosen}
          inUse={inUse(state)?.models ?? []}
          onChoose={(id) => lens.chooseModel(id)}
          isOpen={areModelsOpen}
          onClose={() => {
            setModelsOpen(false);
            if (!isUnanswered(modelsState.adding)) models.discard();
          }}
        />
      )}
      {lens && (
        <CameraSheet
          controls={controls}
          vibrates={vibrates}
          isOpen={isCameraOpen && isCamera}
          onClose={() => setCameraOpen(false)}
          onChange={(change) => lens.changeCamera(change)}
          onVibrates={(on) => lens.setVibrates(on)}
        />
      )}
      <FocusRing tap={tap} />
      <HelpDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} installOffer={installOffer} />
      {inputs}
      <div ref={announcer} data-testid="announcer" className={hidden.srOnly} aria-live="polite" />
    </main>
  );
}
