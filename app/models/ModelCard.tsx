'use client';
import { useState } from 'react';
import type { ModelDetails, Verification } from '../../protocol/models.ts';
import { Icon } from '../controls/Icon.tsx';
import styles from './ModelCard.module.css';
import type { Models } from './models.ts';
import type { Act } from './modelsState.ts';
import { PanelButton } from './PanelButton.tsx';
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
} from './words.ts';

export interface ModelCardProps {
  models: Models;
  model: ModelDetails;
  act: Act | undefined;
  mayChange: boolean;
  /** It is what looks through the lens. */
  isLooking: boolean;
  /** Absent for a model that cannot. */
  onLook: (() => void) | undefined;
}

/** One model: what it is, what it costs, whether it can be trusted, and what can be done with it. */
export function ModelCard({ models, model, act, mayChange, isLooking, onLook }: ModelCardProps) {
  const { id, name, task, state, problem, goldens, versions } = model;
  const [isSure, setSure] = useState(false);
  const isBusy = act?.kind === 'busy';
  return (
    <li className={styles.root} data-model={id} data-state={state}>
      <div className={styles.head}>
        <div>
          <h3>{name}</h3>
          <p>
            {taskName(task)}
            {model.labels.length > 0 && ` · ${inNumber(model.labels.length, 'label')}`}
            {task === 'image-embedding' && ' · for /v1/predict'}
          </p>
        </div>
        <span className={styles.state}>{stateName(state)}</span>
      </div>
      {problem && (
        <p className={styles.problem}>
          <Icon name="warning" size={20} /> {problem}
        </p>
      )}
      <dl className={styles.facts}>
        {model.inferMs !== undefined && <Fact name="a picture">{msInWords(model.inferMs)}</Fact>}
        <Fact name="on disk">{bytesInWords(model.graphBytes)}</Fact>
        {model.memoryBytes !== undefined && <Fact name="in memory">{bytesInWords(model.memoryBytes)}</Fact>}
        <Fact name="sees">
          {model.input.width} × {model.input.height}
        </Fact>
      </dl>
      {state !== 'broken' && <p className={styles.trust}>{agreement(goldens)}</p>}
      <details className={styles.more}>
        <summary>
          {licenceName(model.license)} · version {shortVersion(model.version)}
        </summary>
        <p>From {model.source}.</p>
        <ul>
          {versions.map((version) => (
            <li key={version.version}>
              <code>{shortVersion(version.version)}</code> {dateInWords(version.addedAt)}
              {version.version === model.version && <b>live</b>}
              {version.version !== model.version && mayChange && (
                <button
                  type="button"
                  className={styles.again}
                  disabled={isBusy}
                  onClick={() => void models.rollBack(id, version.version)}
                >
                  Make live
                </button>
              )}
            </li>
          ))}
        </ul>
      </details>
      {act?.kind === 'verified' && (
        <Verdict verification={act.verification} onClose={() => models.dismiss(id)} />
      )}
      {act?.kind === 'failed' && (
        <p role="alert" className={styles.problem}>
          <Icon name="warning" size={20} /> {act.message}
        </p>
      )}
      {isSure ? (
        <div className={styles.actions}>
          <p>Remove it with all its versions? Who looks with it gets another model.</p>
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
        <div className={styles.actions}>
          {onLook && !isLooking && (
            <PanelButton isMain onClick={onLook}>
              Look with it
            </PanelButton>
          )}
          {isLooking && (
            <span className={styles.looking}>
              <Icon name="check" size={20} /> Looks now
            </span>
          )}
          {mayChange && (
            <>
              <PanelButton disabled={isBusy || goldens.count === 0} onClick={() => void models.verify(id)}>
                {isBusy && act.what === 'verify' ? 'Verifying …' : 'Verify'}
              </PanelButton>
              {versions.length > 1 && (
                <PanelButton disabled={isBusy} onClick={() => void models.rollBack(id)}>
                  {isBusy && act.what === 'rollBack' ? 'Going back …' : 'Roll back'}
                </PanelButton>
              )}
              <PanelButton isDangerous disabled={isBusy} onClick={() => setSure(true)}>
                {isBusy && act.what === 'remove' ? 'Removing …' : 'Remove …'}
              </PanelButton>
            </>
          )}
        </div>
      )}
    </li>
  );
}

const licenceName = (spdx: string) => (spdx === 'NOASSERTION' ? 'Licence not stated' : spdx);

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
              ? run.problems.join(' ')
              : `same best answer on ${run.sameTop} of ${run.goldens}, within ${difference(run.largestDifference)} of ${run.recordedBy}`}
          </li>
        ))}
      </ul>
      <button type="button" aria-label="Dismiss" onClick={onClose}>
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
