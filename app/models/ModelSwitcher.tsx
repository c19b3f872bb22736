'use client';
import { useEffect, useId, useRef } from 'react';
import type { ModelDetails } from '../../protocol/models.ts';
import styles from './ModelSwitcher.module.css';
import { taskInShort } from './words.ts';

export interface ModelSwitcherProps {
  /** Those that can look through the lens. */
  models: readonly ModelDetails[];
  /** Id of the model that is to look. */
  chosen: string | undefined;
  /** Id of the model that does: another one while the chosen one is being loaded. */
  looking: string | undefined;
  onChoose(id: string): void;
}

/** The models as the modes of the lens, side by side. With one there is nothing to choose. */
export function ModelSwitcher({ models, chosen, looking, onChoose }: ModelSwitcherProps) {
  const name = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  const current = chosen ?? looking;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen is brought into sight
  useEffect(() => {
    const pill = list.current?.querySelector('input:checked')?.parentElement;
    if (!pill || !list.current) return;
    const { offsetLeft, offsetWidth } = pill;
    list.current.scrollTo({ left: offsetLeft - (list.current.clientWidth - offsetWidth) / 2 });
  }, [current, models.length]);
  if (models.length < 2) return null;
  return (
    <fieldset ref={list} className={styles.root} data-testid="models">
      <legend>Model</legend>
      {models.map((model) => (
        <label
          key={model.id}
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
      ))}
    </fieldset>
  );
}
