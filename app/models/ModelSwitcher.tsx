'use client';
import { useEffect, useId, useRef } from 'react';
import type { ModelInfo } from '../../protocol/messages.ts';
import { Icon } from '../controls/Icon.tsx';
import styles from './ModelSwitcher.module.css';
import { taskInShort } from './words.ts';

export interface ModelSwitcherProps {
  /** Those that can look through the lens. */
  models: readonly ModelInfo[];
  /** Id of the model that is to look. */
  chosen: string | undefined;
  /** Id of the model that does: another one while the chosen one is being loaded. */
  looking: string | undefined;
  /** Ids of those that look beside it. */
  also: readonly string[];
  onChoose(id: string): void;
  onToggleAlso(id: string): void;
}

/** The models as the modes of the lens, side by side. With one there is nothing to choose. */
export function ModelSwitcher({ models, chosen, looking, also, onChoose, onToggleAlso }: ModelSwitcherProps) {
  const name = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  const current = chosen ?? looking;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen is brought into sight
  useEffect(() => {
    const pill = list.current?.querySelector('input:checked')?.closest('span');
    if (!pill || !list.current) return;
    const { offsetLeft, offsetWidth } = pill;
    list.current.scrollTo({ left: offsetLeft - (list.current.clientWidth - offsetWidth) / 2 });
  }, [current, models.length]);
  if (models.length < 2) return null;
  return (
    <fieldset ref={list} className={styles.root} data-testid="models">
      <legend>Model</legend>
      {models.map((model) => (
        <span key={model.id} className={styles.mode} data-also={also.includes(model.id) || undefined}>
          <label
            className={styles.pill}
            title={model.name}
            data-waiting={(model.id === current && looking !== current) || undefined}
          >
            <input
              type="radio"
              name={name}
              value={model.id}
              checked={model.id === current}
              onChange={() => onChoose(model.id)}
            />
            <b>{model.name}</b>
            <small>{taskInShort(model.task)}</small>
          </label>
          {model.id !== current && (
            <button
              type="button"
              className={styles.also}
              aria-pressed={also.includes(model.id)}
              aria-label={`Also look with ${model.name}`}
              title={also.includes(model.id) ? 'Looks too, twice a second' : 'Let it look too'}
              onClick={() => onToggleAlso(model.id)}
            >
              <Icon name={also.includes(model.id) ? 'check' : 'plus'} size={18} />
            </button>
          )}
        </span>
      ))}
    </fieldset>
  );
}
