'use client';
import { useRef } from 'react';
import { ExportKind } from '../../../protocol/things.ts';
import { saveFile } from '../../browser/saveFile.ts';
import type { Things } from '../../things/things.ts';
import { Icon } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './TakeAway.module.css';

/** What was taught as files, for elsewhere; and what was taught elsewhere, from a file. */
export function TakeAway({
  things,
  isEmpty,
  mayChange,
}: {
  things: Things;
  isEmpty: boolean;
  mayChange: boolean;
}) {
  const words = useWords().things;
  const file = useRef<HTMLInputElement>(null);
  return (
    <>
      {!isEmpty && (
        <section className={styles.root}>
          <h3>{words.exportTitle}</h3>
          {ExportKind.options.map((as) => (
            <button
              key={as}
              type="button"
              onClick={() => void things.exported(as).then((made) => made && saveFile(made))}
            >
              <Icon name="drop" size={20} />
              <span>
                {words.exports[as]}
                <small>{words.exportText[as]}</small>
              </span>
            </button>
          ))}
        </section>
      )}
      {mayChange && (
        <div>
          <PanelButton onClick={() => file.current?.click()}>{words.import}</PanelButton>
          <input
            ref={file}
            type="file"
            hidden
            data-testid="collection-input"
            onChange={({ currentTarget }) => {
              const [chosen] = currentTarget.files ?? [];
              currentTarget.value = '';
              if (chosen) void things.import(chosen);
            }}
          />
        </div>
      )}
    </>
  );
}
