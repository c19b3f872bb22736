'use client';
import { useEffect, useRef, useState } from 'react';
import { UNKNOWN } from '../../vision/things/unknown.ts';
import { canSpeak } from '../browser/speak.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import type { Lens } from '../lens/lens.ts';
import type { LockedThing } from '../lens/lensState.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import card from '../ui/BarCard.module.css';
import { Icon } from '../ui/Icon.tsx';
import { Spoken } from '../ui/Spoken.tsx';
import { useFocusBack } from '../ui/useFocusBack.ts';
import { useWords } from '../ui/words/useWords.ts';
import { SearchSheet } from './SearchSheet.tsx';
import styles from './ThingBar.module.css';
import { useThingActions } from './useThingActions.ts';

export interface ThingBarProps {
  lens: Lens;
  locked: LockedThing;
  /** Teaches what it is; undefined where nothing can be taught. */
  onTeach: (() => void) | undefined;
}

/** The thing that a person locked on to, and what can be done with it. Nothing leaves this device before a press. */
export function ThingBar({ lens, locked: { label, isInSight }, onTeach }: ThingBarProps) {
  const { thing, things, seen } = useWords();
  const name = label.text ?? seen.label(label.label);
  const actions = useThingActions(lens, name);
  const hasVoice = useBrowserFact(canSpeak, false);
  const [isSearching, setSearching] = useState(false);
  const thumbnail = useThumbnail(lens, label.id);
  const root = useRef<HTMLElement>(null);
  useFocusBack(root, label.id);
  return (
    <section
      ref={root}
      className={`${card.root} ${styles.bar}`}
      aria-label={thing.locked(name)}
      data-testid="thing-bar"
    >
      <div className={styles.head}>
        <canvas ref={thumbnail} width={96} height={96} />
        <div>
          <b>{name}</b>
          <small data-away={!isInSight || undefined}>
            {actions.said ?? (isInSight ? thing.inSight : thing.outOfSight)}
          </small>
        </div>
        <button
          type="button"
          className={styles.release}
          aria-label={thing.letGo}
          title={thing.letGo}
          onClick={() => lens.releaseThing()}
        >
          <Icon name="close" size={20} />
        </button>
      </div>
      {/* A thing may come and go many times a second, and a text that is read change as often. */}
      <Spoken
        text={`${thing.locked(name)}. ${actions.said ?? (isInSight ? '' : thing.outOfSight)}`}
        step={`${label.id} ${actions.said ?? ''}`}
      />
      <div className={styles.actions}>
        {onTeach && (
          <ActionButton
            icon="pencil"
            name={label.label === UNKNOWN ? things.teachThis : things.wrong}
            onClick={onTeach}
          />
        )}
        <ActionButton
          icon="search"
          name={thing.search}
          onClick={() => {
            actions.hush();
            setSearching(true);
          }}
        />
        {hasVoice && <ActionButton icon="speak" name={thing.speak} onClick={actions.speak} />}
        <ActionButton icon="copy" name={thing.copy} onClick={actions.copy} />
        <ActionButton icon="drop" name={thing.save} onClick={actions.save} />
      </div>
      <SearchSheet name={name} actions={actions} isOpen={isSearching} onClose={() => setSearching(false)} />
    </section>
  );
}

/** Draws what the thing looked like when it was locked, the middle of it, as a square. */
function useThumbnail(lens: Lens, id: number) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn again for another thing
  useEffect(() => {
    let isGone = false;
    const draw = async () => {
      const picture = await createImageBitmap(await lens.cropThing());
      const context = canvas.current?.getContext('2d');
      if (!isGone && context) {
        const { width, height } = context.canvas;
        const side = Math.min(picture.width, picture.height);
        const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
        context.drawImage(picture, x, y, side, side, 0, 0, width, height);
      }
      picture.close();
    };
    // Without a picture it is left empty.
    draw().catch(() => {});
    return () => {
      isGone = true;
    };
  }, [lens, id]);
  return canvas;
}
