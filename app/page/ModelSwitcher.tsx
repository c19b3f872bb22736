'use client';
import { useEffect, useId, useRef } from 'react';
import type { ModelInfo } from '../../protocol/messages.ts';
import { addedModels, type Mode } from '../lens/modes.ts';
import { Icon } from '../ui/Icon.tsx';
import hidden from '../ui/SrOnly.module.css';
import { useScrollEdges } from '../ui/useScrollEdges.ts';
import { taskText } from '../ui/words/taskText.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ModelSwitcher.module.css';

export interface ModelSwitcherProps {
  modes: readonly Mode[];
  /** Undefined: a model of a person's own is used. */
  mode: Mode | undefined;
  /** Those that give labels. */
  models: readonly ModelInfo[];
  /** Id of the model that a person chose. */
  chosen: string | undefined;
  /** Id of the model that runs: another one while the chosen one is being loaded. */
  running: string | undefined;
  /** Ids of those that run as well. */
  secondary: readonly string[];
  onChoose(id: string): void;
  /** @param isPassing an arrow key came to it, on its way to another one perhaps */
  onMode(mode: Mode, isPassing: boolean): void;
  onToggleSecondary(id: string): void;
}

/** So many need more room than there is next to the buttons, and show their names alone on a phone. */
const MANY = 5;

/** The modes of the lens next to each other, then the models that a person added. With one there is nothing to choose. */
export function ModelSwitcher({
  modes,
  mode: currentMode,
  models,
  chosen,
  running,
  secondary,
  onChoose,
  onMode,
  onToggleSecondary,
}: ModelSwitcherProps) {
  const words = useWords();
  const name = useId();
  const list = useRef<HTMLFieldSetElement>(null);
  const isArrow = useRef(false);
  const current = chosen ?? running;
  const currentKey = currentMode?.kind ?? current;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen is brought into sight
  useEffect(() => {
    const pill = list.current?.querySelector('input:checked')?.closest('span');
    if (!pill || !list.current) return;
    const { offsetLeft, offsetWidth } = pill;
    list.current.scrollTo({ left: offsetLeft - (list.current.clientWidth - offsetWidth) / 2 });
  }, [currentKey, models.length]);
  const choices = addedModels(models, modes);
  const count = modes.length + choices.length;
  const edges = useScrollEdges(list, count);
  if (count < 2) return null;
  return (
    <div
      className={styles.frame}
      data-many={count >= MANY || undefined}
      data-start={edges.start || undefined}
      data-end={edges.end || undefined}
    >
      <fieldset
        ref={list}
        className={styles.root}
        data-testid="models"
        onKeyDown={({ key }) => {
          isArrow.current = key.startsWith('Arrow');
        }}
        onPointerDown={() => {
          isArrow.current = false;
        }}
      >
        <legend className={hidden.srOnly}>
          {modes.length > 0 ? words.modelSwitcher.modesTitle : words.modelSwitcher.title}
        </legend>
        {modes.map((mode) => {
          const { name: modeName, text } = words.modelSwitcher.modes[mode.kind];
          const isCurrent = mode.kind === currentMode?.kind;
          const isWaiting = isCurrent && mode.codes !== 'only' && running !== mode.modelId;
          return (
            <span key={mode.kind} className={styles.mode}>
              <label className={styles.pill} data-waiting={isWaiting || undefined}>
                <input
                  type="radio"
                  name={name}
                  value={mode.kind}
                  checked={isCurrent}
                  onChange={() => onMode(mode, isArrow.current)}
                />
                <b>{modeName}</b>
                <small>{text}</small>
              </label>
            </span>
          );
        })}
        {choices.map((model) => (
          <span
            key={model.id}
            className={styles.mode}
            data-secondary={secondary.includes(model.id) || undefined}
          >
            <label
              className={styles.pill}
              title={model.name}
              data-waiting={(model.id === current && running !== current) || undefined}
            >
              <input
                type="radio"
                name={name}
                value={model.id}
                checked={currentMode === undefined && model.id === current}
                onChange={() => onChoose(model.id)}
              />
              <b>{model.name}</b>
              <small>{taskText(words, model.task).short}</small>
            </label>
            {model.id !== current && (
              <SecondaryButton
                name={model.name}
                first={models.find(({ id }) => id === current)?.name}
                isOn={secondary.includes(model.id)}
                onToggle={() => onToggleSecondary(model.id)}
              />
            )}
          </span>
        ))}
      </fieldset>
    </div>
  );
}

interface SecondaryButtonProps {
  name: string;
  /** The model that it would run together with. */
  first: string | undefined;
  isOn: boolean;
  onToggle(): void;
}

/** Runs a model as well as the chosen one, so that the labels of both are shown. */
function SecondaryButton({ name, first, isOn, onToggle }: SecondaryButtonProps) {
  const { modelSwitcher } = useWords();
  const other = first ?? modelSwitcher.first;
  return (
    <button
      type="button"
      className={styles.secondary}
      aria-pressed={isOn}
      aria-label={modelSwitcher.alsoName(name)}
      title={isOn ? modelSwitcher.alsoOn(name, other) : modelSwitcher.alsoOff(name, other)}
      onClick={onToggle}
    >
      <Icon name={isOn ? 'check' : 'plus'} size={16} />
      {modelSwitcher.also}
    </button>
  );
}
