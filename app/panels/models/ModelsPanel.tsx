'use client';
import { type DragEvent, useEffect, useState } from 'react';
import { isTaught } from '../../../vision/tasks/taskOf.ts';
import type { Models } from '../../models/models.ts';
import { type Adding, labellingModels, type ModelsState } from '../../models/modelsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Sheet } from '../../ui/Sheet.tsx';
import hidden from '../../ui/SrOnly.module.css';
import type { Words } from '../../ui/words/en.ts';
import { useWords } from '../../ui/words/useWords.ts';
import { AddingView } from './AddingView.tsx';
import { AddModel } from './AddModel.tsx';
import { AskForToken } from './AskForToken.tsx';
import { int8Verdict } from './int8Verdict.ts';
import { ModelCard } from './ModelCard.tsx';
import styles from './ModelsPanel.module.css';
import { ProblemText } from './ProblemText.tsx';
import { verdictOf } from './verdict.ts';

export interface ModelsPanelProps {
  models: Models;
  state: ModelsState;
  /** Id of the model that a person chose, or the server for them. */
  chosen: string | undefined;
  /** Ids of the models that give the labels on the screen now. */
  inUse: readonly string[];
  onChoose(id: string): void;
  isOpen: boolean;
  onClose(): void;
}

/** The models of the server: what there is, what can be done with it, and the door for new ones. */
export function ModelsPanel({ models, state, chosen, inUse, onChoose, isOpen, onClose }: ModelsPanelProps) {
  const words = useWords();
  const { modelsPanel } = words;
  const [isOver, setOver] = useState(false);
  const { list, adding, problem } = state;
  const isAway = problem?.kind === 'away';
  const mayChange = list?.mayChange ?? false;
  // What is behind taught things is theirs, and nothing to choose or remove.
  const shown = (list?.models ?? []).filter(({ task }) => !isTaught(task));
  const canLabel = new Set(labellingModels(list).map(({ id }) => id));
  useEffect(() => (isOpen ? models.watch() : undefined), [isOpen, models]);

  const hasFiles = (event: DragEvent) => mayChange && !isAway && event.dataTransfer.types.includes('Files');
  return (
    <Sheet
      title={modelsPanel.title}
      className={styles.root}
      data-testid="models-panel"
      data-over={isOver || undefined}
      isOpen={isOpen}
      onClose={onClose}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(true);
      }}
      onDragLeave={(event) => {
        const { currentTarget, relatedTarget } = event;
        if (!(relatedTarget instanceof Node) || !currentTarget.contains(relatedTarget)) setOver(false);
      }}
      onDrop={(event) => {
        setOver(false);
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        void models.addDropped(event.dataTransfer);
      }}
    >
      {isAway && (
        <p role="status" className={styles.away}>
          <Icon name="busy" size={20} /> {modelsPanel.away}
        </p>
      )}
      <p role="status" className={hidden.srOnly}>
        {outcomeOf(words, adding)}
      </p>
      {adding.kind !== 'none' && <AddingView models={models} adding={adding} />}
      {problem?.kind === 'refused' && (
        <p role="alert" className={styles.problem}>
          <Icon name="warning" size={20} />{' '}
          <span>
            <ProblemText problem={problem.problem} />
          </span>
        </p>
      )}
      {list && (
        <ul className={styles.list} aria-label={modelsPanel.list}>
          {shown.map((model) => (
            <ModelCard
              key={model.id}
              models={models}
              model={model}
              act={state.acts[model.id]}
              mayChange={mayChange && !isAway}
              isInUse={inUse.includes(model.id)}
              isChosen={model.id === chosen}
              onChoose={canLabel.has(model.id) ? () => onChoose(model.id) : undefined}
            />
          ))}
        </ul>
      )}
      {adding.kind === 'none' && mayChange && (
        <AddModel
          isAway={isAway}
          onFiles={(files) => void models.addFiles(files)}
          onSource={(source) => void models.addFrom(source)}
        />
      )}
      {list && !mayChange && !isAway && (
        <AskForToken access={state.access} onToken={(token) => void models.unlock(token)} />
      )}
    </Sheet>
  );
}

/** What is read aloud where a check or a trial ends well; what ends badly is an alert of its own. */
function outcomeOf(words: Words, adding: Adding): string {
  const { modelsPanel } = words;
  if (adding.kind !== 'pending') return '';
  const { state, name } = adding;
  const { phase, report, quantized } = state;
  if (phase === 'live') return modelsPanel.live(report?.name ?? name);
  if (phase === 'asking' && quantized) {
    return modelsPanel.checked(words.int8.title(name), int8Verdict(words, quantized).text);
  }
  return phase === 'asking' && report ? modelsPanel.checked(report.name, verdictOf(words, report).text) : '';
}
