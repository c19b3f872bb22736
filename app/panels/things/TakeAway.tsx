'use client';
import { useEffect, useId, useRef } from 'react';
import { ExportKind } from '../../../protocol/things.ts';
import { saveFile } from '../../browser/saveFile.ts';
import { isHere } from '../../things/collection.ts';
import type { Things } from '../../things/things.ts';
import type { ThingsState } from '../../things/thingsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { quarterOf, Spoken } from '../../ui/Spoken.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './TakeAway.module.css';

export interface TakeAwayProps {
  things: Things;
  state: ThingsState;
  isEmpty: boolean;
}

/** What was taught as files, for elsewhere; and what was taught elsewhere, from a file. */
export function TakeAway({ things, state: { chosen, mayChange, moving, moved }, isEmpty }: TakeAwayProps) {
  const { things: words, format } = useWords();
  const file = useRef<HTMLInputElement>(null);
  const keeping = useRef<'here' | undefined>(undefined);
  const { collections } = things;
  const inBrowser = isHere(chosen);
  /** What was pressed last: the focus comes back to it from the button that cancels. */
  const pressed = useRef<Element>(null);
  const isMoving = moving !== undefined;
  const quarter = quarterOf(moving?.share);
  useEffect(() => {
    const { activeElement, body } = document;
    if (!isMoving && activeElement === body && pressed.current instanceof HTMLElement)
      pressed.current.focus({ preventScroll: true });
    if (isMoving) pressed.current = activeElement;
  }, [isMoving]);
  const titleId = useId();
  const choose = (where: 'here' | undefined) => {
    keeping.current = where;
    file.current?.click();
  };
  return (
    <>
      {!isEmpty && (
        <section className={styles.root} aria-labelledby={titleId}>
          <h3 id={titleId}>{words.exportTitle}</h3>
          {ExportKind.options.map((as) => {
            const isServers = inBrowser && as === 'onnx';
            return (
              <button
                key={as}
                type="button"
                aria-disabled={isServers || isMoving || undefined}
                onClick={() => {
                  if (!isServers && !isMoving)
                    void collections.exported(as).then((made) => made && saveFile(made));
                }}
              >
                <Icon name="drop" size={20} />
                <span>
                  {words.exports[as]}
                  <small>{isServers ? words.onnxHere : words.exportText[as]}</small>
                </span>
              </button>
            );
          })}
        </section>
      )}
      <div className={styles.imports}>
        {mayChange && (
          <PanelButton isWaiting={isMoving} onClick={() => choose(undefined)}>
            {words.import}
          </PanelButton>
        )}
        <PanelButton isWaiting={isMoving} onClick={() => choose('here')}>
          {mayChange ? words.importHere : words.import}
        </PanelButton>
        <input
          ref={file}
          type="file"
          accept=".zip,application/zip"
          hidden
          data-testid="collection-input"
          onChange={({ currentTarget }) => {
            const [taken] = currentTarget.files ?? [];
            currentTarget.value = '';
            if (taken) void collections.import(taken, keeping.current);
          }}
        />
      </div>
      {/* Without the bytes: a screen reader would say each number. */}
      <Spoken
        text={
          moving
            ? `${words.moving[moving.what]}${quarter > 0 ? ` ${format.percent(quarter / 4)}` : ''}`
            : moved
              ? words.moved[moved]
              : ''
        }
        step={moving ? quarter : `${moved}`}
      />
      <div className={styles.moving}>
        {moving && (
          <>
            <p>
              {words.moving[moving.what]}
              {moving.bytes !== undefined && ` ${format.bytes(moving.bytes)}`}
            </p>
            <PanelButton onClick={() => collections.cancel()}>{words.cancel}</PanelButton>
            <ProgressBar name={words.moving[moving.what]} share={moving.share} />
          </>
        )}
      </div>
    </>
  );
}
