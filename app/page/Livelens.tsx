'use client';
import { useCallback, useRef, useState } from 'react';
import { THINGS_MODEL, THINGS_PREFIX } from '../../protocol/things.ts';
import { givesLabels } from '../../vision/tasks/taskOf.ts';
import { PhoneSheet } from '../lan/PhoneSheet.tsx';
import { useLan } from '../lan/useLan.ts';
import { usePairing } from '../lan/usePairing.ts';
import { connectionName, inUse, sourceName } from '../lens/lensState.ts';
import { modesOf } from '../lens/modes.ts';
import type { StreamReading } from '../lens/streamMeter.ts';
import type { StreamReport } from '../lens/streamReport.ts';
import { useLens } from '../lens/useLens.ts';
import { looksLikeModel } from '../models/modelFiles.ts';
import { canTeach, isUnanswered, labellingModels } from '../models/modelsState.ts';
import { useModels } from '../models/useModels.ts';
import { BackendControl } from '../panels/backend/BackendControl.tsx';
import { HelpDialog } from '../panels/help/HelpDialog.tsx';
import { ModelsPanel } from '../panels/models/ModelsPanel.tsx';
import { ShareBadge } from '../panels/share/ShareBadge.tsx';
import { ShareDialog } from '../panels/share/ShareDialog.tsx';
import { useSharing } from '../panels/share/useSharing.ts';
import { TeachRing } from '../panels/things/TeachRing.tsx';
import { ThingsSheet } from '../panels/things/ThingsSheet.tsx';
import { useThings } from '../things/useThings.ts';
import hidden from '../ui/SrOnly.module.css';
import { useMediaQuery } from '../ui/useMediaQuery.ts';
import { usePage } from '../ui/usePage.ts';
import { CameraSheet, hasCameraSettings } from './CameraSheet.tsx';
import { ConnectionStatus } from './ConnectionStatus.tsx';
import { ControlBar } from './ControlBar.tsx';
import { DemoBadge } from './DemoBadge.tsx';
import { DropTarget } from './DropTarget.tsx';
import { FocusRing } from './FocusRing.tsx';
import { FoundCodes } from './FoundCodes.tsx';
import { InstallOffer } from './InstallOffer.tsx';
import { LensSheets, type SheetName } from './LensSheets.tsx';
import styles from './Livelens.module.css';
import { MagnifiedBadge } from './MagnifiedBadge.tsx';
import { NoticeToast } from './NoticeToast.tsx';
import { PictureSummary } from './PictureSummary.tsx';
import { PresentExit } from './PresentExit.tsx';
import { Readout } from './Readout.tsx';
import { Stage } from './Stage.tsx';
import { TopButtons } from './TopButtons.tsx';
import { UpdateToast } from './UpdateToast.tsx';
import { usePageShortcuts } from './usePageShortcuts.ts';
import { usePan } from './usePan.ts';
import { usePresent } from './usePresent.ts';
import { usePwa } from './usePwa.ts';
import { useSources } from './useSources.tsx';
import { useStageGestures } from './useStageGestures.ts';
import { ViewScreen } from './ViewScreen.tsx';

const NO_READING: StreamReading = { ratePerS: 0, ageMs: undefined, isStill: false };
const NO_REPORT: StreamReport = { age: undefined, link: undefined, picture: undefined };

/** The whole page: the stage with picture and labels, the screen of the present state, the controls. */
export function Livelens() {
  const { stage, freeze } = usePage().words;
  const video = useRef<HTMLVideoElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const stageElement = useRef<HTMLDivElement>(null);
  const announcer = useRef<HTMLDivElement>(null);
  const { lens, state } = useLens({ video, picture, overlay, announcer });
  const { sources, inputs } = useSources(lens);
  const current = state.model && `${state.model.id}@${state.model.version}`;
  const { models, state: modelsState, notice, dismissNotice } = useModels(lens, current);
  const lan = useLan();
  const pairing = usePairing(lens);
  const { pwa, state: pwaState } = usePwa(lens);
  const installOffer = <InstallOffer install={pwaState.install} onInstall={() => void pwa?.install()} />;
  const deviceModels = lens?.device.info() ?? [];
  const deviceVersion = deviceModels.find(({ id }) => id === THINGS_MODEL)?.version;
  // Either may be replaced, and then what was taught is learned again.
  const version = [deviceVersion, state.model?.id.startsWith(THINGS_PREFIX) && state.model.version].join();
  const taught = useThings(lens, state, version);
  const labelModels = modelsState.list
    ? labellingModels(modelsState.list)
    : deviceModels.filter(({ task }) => givesLabels(task));
  const modes = modesOf(
    labelModels,
    canTeach(modelsState.list?.models ?? deviceModels) ? taught.modelId : undefined,
  );
  // What a link gave this browser is no news that may cover what is being taught.
  const linkNotice = taught.state.teaching ? undefined : notice;
  const [areModelsOpen, setModelsOpen] = useState(false);
  const [isBackendOpen, setBackendOpen] = useState(false);
  const [areThingsOpen, setThingsOpen] = useState(false);
  const [isPhoneOpen, setPhoneOpen] = useState(false);
  const [isCameraOpen, setCameraOpen] = useState(false);
  const [sheet, setSheet] = useState<SheetName>();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isDetailOpen, setDetailOpen] = useState(false);
  const hasTouch = useMediaQuery('(pointer: coarse)');
  const { view, recognizer, backend, controls, vibrates } = state;
  const isCameraOn = view.kind === 'live' && view.source === 'camera';
  const hasSettings = isCameraOn && hasCameraSettings(controls, vibrates);
  const hasPicture = view.kind === 'live' || view.kind === 'picture';
  const { present, button: presentButton, enter, leave } = usePresent(hasPicture);
  const isPresenting = present !== 'off';
  const connection = connectionName(recognizer);
  const sharing = useSharing(lens?.sharing, isCameraOn);
  const chosen = state.modelId ?? state.model?.id;

  const pan = usePan(lens);
  usePageShortcuts({
    lens,
    state,
    sources,
    models: labelModels,
    modes,
    onArrow: pan.onArrow,
    onMode: taught.chooseMode,
    onPresent() {
      if (isPresenting) leave();
      else if (hasPicture) enter();
    },
    onOpen(panel) {
      // What opens from the controls needs them.
      leave();
      if (panel === 'models') setModelsOpen(true);
      else if (panel === 'backend') setBackendOpen(true);
      else if (panel === 'help') setHelpOpen(true);
      else if (panel === 'history') setSheet('history');
      else setDetailOpen((isOpen) => !isOpen);
    },
  });

  const tap = useStageGestures(stageElement, { lens, state, isPresenting });

  const readMeter = useCallback(() => lens?.readMeter() ?? NO_READING, [lens]);
  const readDetail = useCallback(() => lens?.readDetail() ?? NO_REPORT, [lens]);
  const isShowing = view.kind === 'live' || view.kind === 'stopped' || view.kind === 'picture';

  return (
    <main
      className={styles.root}
      data-state={view.kind}
      data-backend={backend.backend}
      data-connection={connection}
      data-source={sourceName(view)}
      data-models={labelModels.length > 1 || modes.length > 1 || undefined}
      data-teaching={taught.state.teaching !== undefined || undefined}
      data-offline={pwaState.offline.kind}
      data-pixels={state.pixels}
      data-text={state.textLines.length > 0 || undefined}
      data-present={isPresenting ? present : undefined}
    >
      {view.kind !== 'welcome' && <h1 className={hidden.srOnly}>Livelens</h1>}
      <Stage
        stage={stageElement}
        video={video}
        picture={picture}
        overlay={overlay}
        isMirrored={view.kind === 'live' && view.mirrored}
        isPresenting={isPresenting}
      />
      {hasPicture && !isPresenting && !state.locked && (
        <TeachRing
          teaching={taught.state.teaching}
          shown={view.kind === 'picture' ? picture : video}
          isMagnified={view.kind === 'live' && state.magnified > 1}
        />
      )}

      <ViewScreen lens={lens} view={view} sources={sources} mode={backend.mode} installOffer={installOffer} />

      <div className={styles.top} hidden={isPresenting}>
        <div className={styles.left}>
          {view.kind === 'live' && (
            <Readout
              read={readMeter}
              readDetail={readDetail}
              connection={connection}
              backend={backend.backend}
              areCodes={state.codes === 'only'}
              isOpen={isDetailOpen}
              onOpenChange={setDetailOpen}
            />
          )}
          {view.kind === 'picture' && <PictureSummary phase={view.phase} />}
          {lens && (
            <BackendControl lens={lens} state={state} isOpen={isBackendOpen} onOpenChange={setBackendOpen} />
          )}
        </div>
        <TopButtons
          lens={lens}
          state={state}
          presentButton={hasPicture ? presentButton : undefined}
          isAdding={isUnanswered(modelsState.adding)}
          onShare={sharing.state.kind === 'on' ? undefined : sharing.ask}
          onPresent={enter}
          onPhone={lan?.mayInvite && !hasTouch ? () => setPhoneOpen(true) : undefined}
          onModels={() => setModelsOpen(true)}
          onHelp={() => setHelpOpen(true)}
        />
      </div>
      {isPresenting && <PresentExit isIdle={present === 'idle'} onLeave={leave} />}
      <p role="status" className={hidden.srOnly}>
        {isPresenting ? stage.presenting : view.kind === 'picture' && view.frozen && freeze.frozen}
      </p>
      <p role="status" className={hidden.srOnly}>
        {pan.said}
      </p>

      {lens && isShowing && !isPresenting && (
        <ControlBar
          lens={lens}
          state={state}
          sources={sources}
          canFlip={hasTouch}
          models={labelModels}
          modes={modes}
          things={taught.things}
          thingsState={taught.state}
          isEntering={taught.isEntering}
          onMode={taught.chooseMode}
          onThings={() => setThingsOpen(true)}
          onExport={() => setSheet('save')}
          onHistory={() => setSheet('history')}
          onCameraSettings={hasSettings ? () => setCameraOpen(true) : undefined}
        />
      )}
      <div className={styles.messages}>
        <MagnifiedBadge scale={state.magnified} onReset={() => lens?.magnifier?.reset()} />
        <DemoBadge isShown={view.kind === 'live' && view.source === 'demo'} />
        {!isPresenting && <FoundCodes codes={state.foundCodes} onOpen={(content) => lens?.open(content)} />}
        <ShareBadge state={sharing.state} isCameraOn={isCameraOn} onStop={() => lens?.sharing.stop()} />
        <ConnectionStatus
          lens={lens}
          state={state}
          backend={backend.backend}
          needsPairing={lan?.needsPairing ?? false}
        />
        {!isPresenting && (
          <UpdateToast
            update={pwaState.update}
            onReload={() => void pwa?.reload()}
            onLater={() => pwa?.putOff()}
          />
        )}
        <NoticeToast
          notice={state.notice ?? linkNotice ?? taught.notice ?? pairing.notice}
          onDismiss={() => {
            if (state.notice) lens?.dismissNotice();
            else if (linkNotice) dismissNotice();
            else if (taught.notice) taught.dismissNotice();
            else pairing.dismissNotice();
          }}
        />
      </div>
      <DropTarget
        onFile={(file) => void lens?.openFile(file)}
        onDrop={(transfer) => {
          if (!looksLikeModel(transfer)) return false;
          setModelsOpen(true);
          // Where nothing may be changed, the panel says how it may.
          if (modelsState.list?.mayChange !== false) {
            void models?.addDropped(transfer);
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
      {taught.things && (
        <ThingsSheet
          things={taught.things}
          state={taught.state}
          isOpen={areThingsOpen}
          onClose={() => setThingsOpen(false)}
        />
      )}
      {lan?.mayInvite && <PhoneSheet info={lan} isOpen={isPhoneOpen} onClose={() => setPhoneOpen(false)} />}
      <HelpDialog
        isOpen={isHelpOpen}
        onClose={() => setHelpOpen(false)}
        installOffer={installOffer}
        onShare={
          isCameraOn && sharing.state.kind !== 'on'
            ? () => {
                setHelpOpen(false);
                sharing.ask();
              }
            : undefined
        }
      />
      <ShareDialog
        isOpen={sharing.isAsking}
        isOnDevice={backend.backend === 'device'}
        onAgree={(name) => {
          sharing.answered();
          lens?.sharing.start(name);
        }}
        onDecline={sharing.answered}
      />
      {lens && (
        <CameraSheet
          controls={controls}
          vibrates={vibrates}
          isOpen={isCameraOpen && isCameraOn}
          onClose={() => setCameraOpen(false)}
          onChange={(change) => lens.changeCamera(change)}
          onVibrates={(on) => lens.setVibrates(on)}
        />
      )}
      {lens && <LensSheets lens={lens} state={state} open={sheet} onClose={() => setSheet(undefined)} />}
      <FocusRing tap={tap} />
      {inputs}
      <div ref={announcer} data-testid="announcer" className={hidden.srOnly} aria-live="polite" />
    </main>
  );
}
