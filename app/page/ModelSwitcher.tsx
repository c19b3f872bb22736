'use client';
import { useEffect, useId, useRef } from 'react';
import type { ModelInfo } from '../../protocol/messages.ts';
import { Icon } from '../ui/Icon.tsx';
import hidden from '../ui/SrOnly.module.css';
import { taskInShort } from '../ui/values.ts';
import styles from './ModelSwitcher.module.css';

export interface ModelSwitcherProps {
  /** Those that can look through the lens. */
  models: readonly ModelInfo[];
  /** Id of the model that a person chose. */
  chosen: string | undefined;
  /** Id of the model that runs: another one while the chosen one is being loaded. */
  looking: string | undefined;
  /** Ids of those that run as well. */
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
      <legend className={hidden.srOnly}>Model</legend>
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
            <AlsoButton
              name={model.name}
              first={models.find(({ id }) => id === current)?.name}
              isOn={also.includes(model.id)}
              onToggle={() => onToggleAlso(model.id)}
            />
          )}
        </span>
      ))}
    </fieldset>
  );
}

interface AlsoButtonProps {
  name: string;
  /** The model that it would run together with. */
  first: string | undefined;
  isOn: boolean;
  onToggle(): void;
}

/** Runs a model as well as the chosen one, so that the labels of both are shown. */
function AlsoButton({ name, first = 'the first model', isOn, onToggle }: AlsoButtonProps) {
  return (
    <button
      type="button"
      className={styles.also}
      aria-pressed={isOn}
      aria-label={`Also run ${name}`}
      title={
        isOn
          ? `${name} runs as well as ${first}, on up to two frames per second. Press to stop it.`
          : `Run ${name} as well as ${first}, and show the labels of both`
      }
      onClick={onToggle}
    >
      <Icon name={isOn ? 'check' : 'plus'} size={16} />
      Also
    </button>
  );
}
