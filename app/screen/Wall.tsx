'use client';
import { useEffect, useRef, useState } from 'react';
import { isTokenRefusal } from '../../client/tokenReader.ts';
import { TokenForm } from '../access/TokenForm.tsx';
import { serverUrl } from '../browser/basePath.ts';
import { enterFullscreen, leaveFullscreen } from '../browser/fullscreen.ts';
import { watchIdle } from '../browser/watchIdle.ts';
import { HomeLink } from '../ui/HomeLink.tsx';
import { Icon } from '../ui/Icon.tsx';
import hidden from '../ui/SrOnly.module.css';
import { usePage } from '../ui/usePage.ts';
import { English } from '../ui/words/English.tsx';
import { useWords } from '../ui/words/useWords.ts';
import { aboutToken } from './aboutToken.ts';
import { gridFor, tileSize } from './gridFor.ts';
import { JoinAddress } from './JoinAddress.tsx';
import { Tile } from './Tile.tsx';
import { useElementSize } from './useElementSize.ts';
import { useWall } from './useWall.ts';
import { useWallKeys } from './useWallKeys.ts';
import styles from './Wall.module.css';
import type { WallScreen } from './wallScreen.ts';
import { shownCameras, type WallState, withTiles } from './wallState.ts';

const GAP_PX = 8;
/** Of a camera of which no picture has come yet. */
const USUAL_ASPECT = 4 / 3;
/** Without a movement for this long the pointer is hidden, ms. */
const IDLE_MS = 3_000;

/** The second screen: the cameras that agreed to be shown, all of them or one large. */
export function Wall() {
  const { wall } = usePage().words;
  const { screen, state } = useWall();
  const stage = useRef<HTMLDivElement>(null);
  const size = useElementSize(stage);
  const [renaming, setRenaming] = useState<number>();
  const isIdle = useIdle();
  const shown = shownCameras(state);
  const grid = gridFor(
    shown.map(({ camera }) => state.aspects.get(camera) ?? USUAL_ASPECT),
    size,
    GAP_PX,
  );
  const target = state.large ?? state.chosen ?? shown[0]?.camera;

  useWallKeys({
    onMove: (columns, rows) => {
      const by = state.large === undefined ? columns + rows * grid.columns : columns + rows;
      screen?.store.dispatch({ type: 'move', by });
    },
    onEnter: () => {
      if (target !== undefined) {
        screen?.store.dispatch({ type: 'large', camera: state.large === undefined ? target : undefined });
      }
    },
    onFreeze: () => {
      if (target !== undefined) screen?.toggleFrozen(target);
    },
    onRename: () => setRenaming(target),
    onBack: () => screen?.store.dispatch({ type: 'large', camera: undefined }),
  });

  const hasCameras = state.cameras.length > 0;
  const address = screen && `${serverUrl('')}#show`;
  const { width, height } = tileSize(grid, size, GAP_PX);
  const tile = { width: Math.floor(width), height: Math.floor(height) };
  return (
    <main
      className={styles.root}
      data-testid="wall"
      data-link={state.link.kind}
      data-cameras={state.cameras.length}
      data-large={state.large !== undefined || undefined}
      data-idle={isIdle || undefined}
    >
      <h1 className={hidden.srOnly}>{wall.title}</h1>
      {/* Measured while it is empty, too: the first tile is to have its size at once. */}
      <div ref={stage} className={styles.stage} hidden={!hasCameras}>
        {screen &&
          withTiles(state).map((camera) => (
            // One that is frozen keeps its picture while another is shown large.
            <div key={camera.camera} className={styles.cell} style={tile} hidden={!shown.includes(camera)}>
              <Tile
                screen={screen}
                camera={camera}
                isChosen={camera.camera === state.chosen}
                isLarge={camera.camera === state.large}
                frozenAtMs={state.frozen.get(camera.camera)}
                isRenaming={camera.camera === renaming}
                onRename={(is) => setRenaming(is ? camera.camera : undefined)}
              />
            </div>
          ))}
      </div>
      {!hasCameras && state.link.kind !== 'refused' && address !== undefined && <Empty address={address} />}
      <LinkMessage screen={screen} state={state} />
      {hasCameras && (
        <footer className={styles.bar}>
          <p>
            <HomeLink />
            <span>{wall.cameras(state.cameras.length)}</span>
            {state.large === undefined && state.cameras.length > shown.length && (
              <span>{wall.more(state.cameras.length - shown.length)}</span>
            )}
          </p>
          <p className={styles.keys}>{wall.keys}</p>
          <div>
            {address !== undefined && <JoinAddress address={address} />}
            <button
              type="button"
              aria-label={wall.fullscreen}
              title={wall.fullscreen}
              onClick={toggleFullscreen}
            >
              <Icon name="present" size={20} />
            </button>
          </div>
        </footer>
      )}
      <Arrivals state={state} />
    </main>
  );
}

/** No camera yet: how one comes here. */
function Empty({ address }: { address: string }) {
  const { wall } = useWords();
  return (
    <section className={styles.empty}>
      <h2>{wall.emptyTitle}</h2>
      <JoinAddress address={address} isLarge />
      <ol>
        <li>{wall.stepOpen}</li>
        <li>{wall.stepStart}</li>
        <li>{wall.stepAgree}</li>
      </ol>
      <HomeLink />
    </section>
  );
}

/** What a person has to know about the connection. */
function LinkMessage({ screen, state: { link } }: { screen: WallScreen | undefined; state: WallState }) {
  const words = useWords();
  const { wall, token, common } = words;
  const tokenWords = aboutToken(words, link, screen?.token !== undefined);
  return (
    <div className={styles.message} role="status">
      {link.kind === 'waiting' && (
        <div>
          <p>{wall.disconnected}</p>
          <button type="button" onClick={() => screen?.retry()}>
            {common.tryNow}
          </button>
        </div>
      )}
      {link.kind === 'refused' && isTokenRefusal(link.code) && (
        <div>
          <b>{tokenWords.title}</b>
          <p>{tokenWords.text}</p>
          <TokenForm
            label={token.label}
            isWrong={screen?.token !== undefined}
            onToken={(given) => screen?.giveToken(given)}
          />
          <HomeLink />
        </div>
      )}
      {link.kind === 'refused' && !isTokenRefusal(link.code) && (
        <div>
          <b>{wall.refusedTitle}</b>
          <p>
            <English text={link.message} />
          </p>
          <button type="button" onClick={() => screen?.retry()}>
            {common.tryAgain}
          </button>
        </div>
      )}
    </div>
  );
}

/** Says which cameras come and go, for a screen reader. */
function Arrivals({ state: { cameras } }: { state: WallState }) {
  const { wall } = useWords();
  const before = useRef(new Map<number, string>());
  const [text, setText] = useState('');
  useEffect(() => {
    const now = new Map(cameras.map(({ camera, name }) => [camera, name ?? wall.camera(camera)]));
    const arrived = [...now].filter(([camera]) => !before.current.has(camera));
    const left = [...before.current].filter(([camera]) => !now.has(camera));
    before.current = now;
    const said = [
      ...arrived.map(([, name]) => wall.arrived(name)),
      ...left.map(([, name]) => wall.left(name)),
    ];
    if (said.length > 0) setText(said.join('. '));
  }, [cameras, wall]);
  return (
    <p role="status" className={hidden.srOnly}>
      {text}
    </p>
  );
}

function toggleFullscreen(): void {
  if (document.fullscreenElement !== null) leaveFullscreen();
  else enterFullscreen();
}

function useIdle(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => watchIdle(IDLE_MS, setIdle), []);
  return isIdle;
}
