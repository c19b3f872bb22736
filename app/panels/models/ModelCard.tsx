'use client';
import { useState } from 'react';
import type { ModelDetails, Verification } from '../../../protocol/models.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import type { Models } from '../../models/models.ts';
import type { Act } from '../../models/modelsState.ts';
import { Details } from '../../ui/Details.tsx';
import { Icon } from '../../ui/Icon.tsx';
import panel from '../../ui/Panel.module.css';
import { PanelButton } from '../../ui/PanelButton.tsx';
import {
  agreement,
  bytesInWords,
  dateInWords,
  difference,
  inNumber,
  msInWords,
  shortVersion,
  stateName,
  taskName,
} from '../../ui/values.ts';
import { Behind } from './Behind.tsx';
import styles from './ModelCard.module.css';

export interface ModelCardProps {
  models: Models;
  model: ModelDetails;
  act: Act | undefined;
  mayChange: boolean;
  /** It gives the labels that are on the screen now, alone or with others. */
  isInUse: boolean;
  /** A person chose it, or the server did for them: it is used as soon as there is something to analyse. */
  isChosen: boolean;
  /** Absent for a model that gives no labels. */
  onChoose: (() => void) | undefined;
}

/** One model: what it is, what it costs, whether it can be trusted, and what can be done with it. */
export function ModelCard({ models, model, act, mayChange, isInUse, isChosen, onChoose }: ModelCardProps) {
  const { id, name, task, state, problem, goldens, versions } = model;
  const [isSure, setSure] = useState(false);
  const isBusy = act?.kind === 'busy';
  return (
    <li className={panel.card} data-model={id} data-state={state}>
      <div className={panel.head}>
        <div>
          <h3>{name}</h3>
          <p>
            {taskName(task)}
            {model.labels.length > 0 && ` · ${inNumber(model.labels.length, 'label')}`}
            {task === 'image-embedding' && ' · for /v1/predict'}
          </p>
        </div>
        <span className={panel.state} data-tone={TONES[state]}>
          {stateName(state)}
        </span>
      </div>
      {problem && (
        <p className={panel.note} data-bad>
          <Icon name="warning" size={20} /> {problem}
        </p>
      )}
      {model.problemDetails && <Behind lines={model.problemDetails} />}
      {act?.kind === 'verified' && (
        <Verdict verification={act.verification} onClose={() => models.dismiss(id)} />
      )}
      {act?.kind === 'failed' && (
        <p role="alert" className={panel.note} data-bad>
          <Icon name="warning" size={20} /> {act.message}
        </p>
      )}
      {isSure ? (
        <div className={panel.actions}>
          <p role="alert">
            Remove this model and all its versions? Anyone using it will be switched to another model.
          </p>
          <PanelButton
            isDangerous
            onClick={() => {
              setSure(false);
              void models.remove(id);
            }}
          >
            Remove
          </PanelButton>
          <PanelButton onClick={() => setSure(false)}>Keep</PanelButton>
        </div>
      ) : (
        <div className={panel.actions}>
          {onChoose && !isChosen && (
            <PanelButton isMain onClick={onChoose}>
              Use this model
            </PanelButton>
          )}
          {(isInUse || isChosen) && (
            <span className={styles.looking}>
              <Icon name="check" size={20} /> {isInUse ? 'In use' : 'Chosen'}
            </span>
          )}
          {mayChange && (
            <>
              {versions.length > 1 && (
                <PanelButton disabled={isBusy} onClick={() => void models.rollBack(id)}>
                  {isBusy && act.what === 'rollBack' ? 'Rolling back …' : 'Roll back'}
                </PanelButton>
              )}
              <PanelButton isDangerous disabled={isBusy} onClick={() => setSure(true)}>
                {isBusy && act.what === 'remove' ? 'Removing …' : 'Remove …'}
              </PanelButton>
            </>
          )}
        </div>
      )}
      <Details>
        <dl className={panel.facts}>
          {model.inferMs !== undefined && <Fact name="inference time">{msInWords(model.inferMs)}</Fact>}
          <Fact name="on disk">{bytesInWords(model.graphBytes)}</Fact>
          {model.memoryBytes !== undefined && <Fact name="in memory">{bytesInWords(model.memoryBytes)}</Fact>}
          <Fact name="input, pixels">
            {model.input.width} × {model.input.height}
          </Fact>
        </dl>
        {state !== 'broken' && <p>{agreement(goldens)}</p>}
        {mayChange && (
          <div className={panel.actions}>
            <PanelButton disabled={isBusy || goldens.count === 0} onClick={() => void models.verify(id)}>
              {isBusy && act.what === 'verify' ? 'Verifying …' : 'Verify'}
            </PanelButton>
          </div>
        )}
        <p>
          From {model.source}. Licence: {model.license === 'NOASSERTION' ? 'not stated' : model.license}.
        </p>
        <ul className={styles.versions} aria-label="Versions">
          {versions.map((version) => (
            <li key={version.version}>
              <code>{shortVersion(version.version)}</code> {dateInWords(version.addedAt)}
              {version.version === model.version && <b>live</b>}
              {version.version !== model.version && mayChange && (
                <PanelButton disabled={isBusy} onClick={() => void models.rollBack(id, version.version)}>
                  Make live
                </PanelButton>
              )}
            </li>
          ))}
        </ul>
      </Details>
    </li>
  );
}

const TONES = {
  live: 'on',
  loading: 'coming',
  trial: 'coming',
  unloaded: undefined,
  broken: 'bad',
} as const satisfies Record<ModelDetails['state'], string | undefined>;

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Verdict({ verification, onClose }: { verification: Verification; onClose(): void }) {
  return (
    <div role="status" className={styles.verdict}>
      <ul>
        {verification.runtimes.map((run) => (
          <li key={run.runtime} data-bad={run.problems.length > 0 || undefined}>
            <b>{run.runtime}</b>{' '}
            {run.problems.length > 0
              ? (run.summary ?? run.problems[0])
              : `same best answer on ${run.sameTop} of ${run.goldens}, within ${difference(run.largestDifference)} of ${
                  isOutsideReference(run.recordedBy) ? run.recordedBy : 'what it gave when it was imported'
                }`}
            {run.problems.length > 0 && <Behind lines={run.problems} />}
          </li>
        ))}
      </ul>
      <button type="button" aria-label="Dismiss" onClick={onClose}>
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
