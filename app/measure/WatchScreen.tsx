'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { useStore } from '../browser/useStore.ts';
import { canShareScreen } from '../capture/liveSource.ts';
import { useLan } from '../lan/useLan.ts';
import { usePairing } from '../lan/usePairing.ts';
import type { Lens } from '../lens/lens.ts';
import type { LensState } from '../lens/lensState.ts';
import { useLens } from '../lens/useLens.ts';
import overlayStyles from '../overlay/Overlay.module.css';
import { ConnectionStatus } from '../page/ConnectionStatus.tsx';
import { NoticeToast } from '../page/NoticeToast.tsx';
import { useSources } from '../page/useSources.tsx';
import { ViewScreen } from '../page/ViewScreen.tsx';
import { Icon } from '../ui/Icon.tsx';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { Spoken } from '../ui/Spoken.tsx';
import hidden from '../ui/SrOnly.module.css';
import { useWords } from '../ui/words/useWords.ts';
import { FlashWatcher, INITIAL_WATCH } from './flashWatcher.ts';
import styles from './Measure.module.css';
import { measurementOf } from './measurement.ts';
import { PHOTO_NAMES } from './photos.ts';
import { ResultView } from './ResultView.tsx';
import { useServerClock } from './useServerClock.ts';

/**
 * The camera looks at the flashes; then the result.
 * @param wanted how many flashes are measured
 */
export function WatchScreen({ wanted, onLeave }: { wanted: number; onLeave(): void }) {
  const { measure, stage } = useWords();
  const video = useRef<HTMLVideoElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const announcer = useRef<HTMLDivElement>(null);
  const clock = useServerClock();
  const lan = useLan();
  const offset = useRef<number>(undefined);
  offset.current = clock.kind === 'known' ? clock.offsetMs : undefined;
  const names = useRef<readonly string[]>([]);
  const [watcher] = useState(
    () =>
      new FlashWatcher({
        wanted,
        names: PHOTO_NAMES,
        serverOffsetMs: () => offset.current,
        canName: (name) => names.current.includes(name),
      }),
  );
  const { lens, state } = useLens({ video, picture, overlay, announcer }, watcher);
  names.current = state.model?.labels ?? [];
  const pairing = usePairing(lens);
  const { sources, inputs } = useSources(lens);
  const watched = useStore(watcher.store, INITIAL_WATCH);
  const isDone = watched.samples.length >= wanted;
  useEffect(() => {
    // The camera has done its part.
    if (isDone) lens?.stop();
  }, [isDone, lens]);
  const measured = useMemo(
    () => measurementOf(watched.samples, { flashes: watched.flashes, held: watched.held }),
    [watched.samples, watched.flashes, watched.held],
  );
  const again = () => {
    watcher.again();
    void lens?.start();
  };
  const isBeginning = state.view.kind === 'welcome' || state.view.kind === 'stopped';
  const isLive = state.view.kind === 'live';
  const progress = progressText(measure, state, watched.sees);
  return (
    <main
      className={styles.watch}
      data-state={isDone ? 'done' : state.view.kind}
      data-sees={watched.sees}
      data-samples={watched.samples.length}
    >
      <h1 className={hidden.srOnly}>{measure.title}</h1>
      <div className={styles.stage} data-shown={isLive && !isDone}>
        <video ref={video} muted playsInline disablePictureInPicture aria-label={stage.video} />
        {/* biome-ignore lint/performance/noImgElement: never shown here; the lens wants one */}
        <img ref={picture} alt="" hidden />
        <div ref={overlay} className={overlayStyles.overlay} inert />
      </div>
      <div ref={announcer} hidden />
      {!isDone && isBeginning && <Begin lens={lens} onLeave={onLeave} />}
      {!isDone && !isBeginning && (
        <ViewScreen
          lens={lens}
          view={state.view}
          sources={sources}
          mode={state.backend.mode}
          installOffer={null}
        />
      )}
      {!isDone && isLive && (
        <section className={styles.panel} aria-labelledby="measure-progress">
          <h2 id="measure-progress">{progress}</h2>
          {/* The other screen may come into sight and go with each movement of the hand. */}
          <Spoken text={progress} step={state.recognizer.kind} />
          <ProgressBar name={measure.progress} share={watched.samples.length / wanted} />
          <p className={styles.count}>
            <span>{measure.counted(watched.samples.length, wanted)}</span>
            {measured && <span>{measure.soFar(measured.label.p50)}</span>}
          </p>
          <div className={styles.actions}>
            <button type="button" className={styles.quiet} onClick={onLeave}>
              <Icon name="close" size={18} />
              {measure.stop}
            </button>
          </div>
        </section>
      )}
      {isDone && measured && (
        <ResultView
          measured={measured}
          setting={{
            model: state.model && `${state.model.id}@${state.model.version}`,
            clockErrorMs: clock.kind === 'known' ? clock.errorMs : undefined,
            firstLabelMs: watched.firstLabelMs,
          }}
          onAgain={again}
          onLeave={onLeave}
        />
      )}
      <div className={styles.notices}>
        {!isDone && (
          <ConnectionStatus
            lens={lens}
            state={state}
            backend={state.backend.backend}
            needsPairing={lan?.needsPairing ?? false}
          />
        )}
        <NoticeToast
          notice={state.notice ?? pairing.notice}
          onDismiss={() => (state.notice ? lens?.dismissNotice() : pairing.dismissNotice())}
        />
      </div>
      {inputs}
    </main>
  );
}

/** A camera, or the window with the flashes: each needs a press. */
function Begin({ lens, onLeave }: { lens: Lens | undefined; onLeave(): void }) {
  const { measure } = useWords();
  const canShare = useBrowserFact(canShareScreen, true);
  return (
    <section className={styles.begin}>
      <h2>{measure.beginTitle}</h2>
      <p>{measure.beginText}</p>
      <div className={styles.actions}>
        <button
          type="button"
          className={styles.primary}
          disabled={lens === undefined}
          onClick={() => void lens?.startCamera()}
        >
          {measure.useCamera}
        </button>
        {canShare && (
          <button
            type="button"
            className={styles.quiet}
            disabled={lens === undefined}
            onClick={() => void lens?.startScreen()}
          >
            {measure.shareFlashes}
          </button>
        )}
        <button type="button" className={styles.quiet} onClick={onLeave}>
          {measure.back}
        </button>
      </div>
    </section>
  );
}

function progressText(
  measure: ReturnType<typeof useWords>['measure'],
  { recognizer }: LensState,
  sees: boolean,
): string {
  if (recognizer.kind !== 'ready') return measure.connecting;
  return sees ? measure.measuring : measure.aim;
}
