'use client';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { MAX_NAME_CHARS, type SharedCamera } from '../../protocol/relay.ts';
import overlayStyles from '../overlay/Overlay.module.css';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { InlineForm } from '../ui/InlineForm.tsx';
import hidden from '../ui/SrOnly.module.css';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Tile.module.css';
import { TileView } from './tileView.ts';
import type { WallScreen } from './wallScreen.ts';

/** How often age and names are updated. */
const READ_MS = 500;

export interface TileProps {
  screen: WallScreen;
  camera: SharedCamera;
  isChosen: boolean;
  isLarge: boolean;
  /** Ms of the page's clock; undefined: it is live. */
  frozenAtMs: number | undefined;
  isRenaming: boolean;
  onRename(isRenaming: boolean): void;
}

/** One camera on the wall. */
export function Tile({ screen, camera, isChosen, isLarge, frozenAtMs, isRenaming, onRename }: TileProps) {
  const { wall, seen } = useWords();
  const tile = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const caption = useRef<HTMLElement>(null);
  const view = useTileView(screen, camera.camera, { tile, canvas, overlay, caption });
  const reading = useReading(view);
  const { dispatch } = screen.store;
  const number = camera.camera;
  const isFrozen = frozenAtMs !== undefined;
  const name = camera.name ?? wall.camera(number);
  const names = [...new Set(reading.labels)].map((label) => seen.label(label));
  useEffect(() => {
    // Not away from a button or a field in it.
    if (isChosen && !tile.current?.contains(document.activeElement))
      tile.current?.focus({ preventScroll: true });
  }, [isChosen]);

  return (
    <figure
      ref={tile}
      className={styles.tile}
      data-testid="tile"
      data-camera={number}
      data-state={camera.state}
      data-frozen={isFrozen || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move from tile to tile
      tabIndex={0}
      aria-label={name}
      onFocus={() => dispatch({ type: 'choose', camera: number })}
      onDoubleClick={({ target }) => {
        // Two presses of a button are not for the picture, nor is a word that is selected in the name.
        if (target instanceof Element && target.closest('button, input')) return;
        dispatch({ type: 'large', camera: isLarge ? undefined : number });
      }}
    >
      <canvas
        ref={canvas}
        className={styles.picture}
        role="img"
        aria-label={wall.describe(name, names.length > 0 ? wall.sees(names) : wall.seesNothing)}
      />
      <div ref={overlay} className={`${overlayStyles.overlay} ${styles.overlay}`} aria-hidden="true" />
      <div className={styles.nothing}>
        <Icon name={camera.state === 'lost' ? 'busy' : 'noCamera'} size={32} />
        <b>{camera.state === 'lost' ? wall.lost : wall.waiting}</b>
        <p>{camera.state === 'lost' ? wall.lostText : wall.waitingText}</p>
      </div>
      <figcaption ref={caption} className={styles.caption}>
        {isRenaming ? (
          <NameForm
            name={camera.name ?? ''}
            onName={(given) => {
              if (given !== undefined) screen.rename(number, given);
              onRename(false);
              tile.current?.focus();
            }}
          />
        ) : (
          <>
            <b>{name}</b>
            {isFrozen ? (
              <span className={styles.frozen}>
                <Icon name="freeze" size={16} />
                {wall.frozen(Math.max(0, Math.round((performance.now() - frozenAtMs) / 1_000)))}
              </span>
            ) : (
              reading.ageMs !== undefined && (
                <span>
                  <span className={hidden.srOnly}>{wall.ageName} </span>
                  {wall.age(Math.round(reading.ageMs / 10) * 10)}
                </span>
              )
            )}
          </>
        )}
      </figcaption>
      <div className={styles.actions}>
        <Action
          icon={isFrozen ? 'play' : 'freeze'}
          name={isFrozen ? wall.unfreeze : wall.freeze}
          onClick={() => screen.toggleFrozen(number)}
        />
        <Action icon="pencil" name={wall.rename} onClick={() => onRename(true)} />
        <Action
          icon={isLarge ? 'grid' : 'present'}
          name={isLarge ? wall.back : wall.enlarge}
          onClick={() => dispatch({ type: 'large', camera: isLarge ? undefined : number })}
        />
      </div>
    </figure>
  );
}

function Action({ icon, name, onClick }: { icon: IconName; name: string; onClick(): void }) {
  return (
    <button type="button" aria-label={name} title={name} onClick={onClick}>
      <Icon name={icon} size={20} />
    </button>
  );
}

/** @param onName with the name that was given; undefined: it stays as it was */
function NameForm({ name, onName }: { name: string; onName(name: string | undefined): void }) {
  const { wall } = useWords();
  const [typed, setTyped] = useState(name);
  return (
    <InlineForm
      name={wall.rename}
      className={styles.name}
      onSubmit={() => onName(typed.trim() || undefined)}
      onCancel={() => onName(undefined)}
    >
      <input
        type="text"
        aria-label={wall.renameLabel}
        value={typed}
        maxLength={MAX_NAME_CHARS}
        autoComplete="off"
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <button type="submit">{wall.save}</button>
    </InlineForm>
  );
}

interface TileRefs {
  tile: RefObject<HTMLElement | null>;
  canvas: RefObject<HTMLCanvasElement | null>;
  overlay: RefObject<HTMLDivElement | null>;
  caption: RefObject<HTMLElement | null>;
}

function useTileView(
  screen: WallScreen,
  camera: number,
  { tile, canvas, overlay, caption }: TileRefs,
): TileView | undefined {
  const [view, setView] = useState<TileView>();
  useEffect(() => {
    if (!tile.current || !canvas.current || !overlay.current || !caption.current) return;
    const created = new TileView({
      tile: tile.current,
      canvas: canvas.current,
      overlay: overlay.current,
      caption: caption.current,
      onAspect: (aspect) => screen.store.dispatch({ type: 'aspect', camera, aspect }),
      onSize: () => screen.resized(),
    });
    setView(created);
    return screen.attach(camera, created);
  }, [screen, camera, tile, canvas, overlay, caption]);
  return view;
}

function useReading(view: TileView | undefined) {
  const [reading, setReading] = useState<TileView['reading']>({ ageMs: undefined, labels: [] });
  useEffect(() => {
    if (view === undefined) return;
    const timer = setInterval(() => setReading(view.reading), READ_MS);
    return () => clearInterval(timer);
  }, [view]);
  return reading;
}
