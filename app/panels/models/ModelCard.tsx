'use client';
import { useState } from 'react';
import { is } from 'valibot';
import {
  ImportableTask,
  liveVersionOf,
  type ModelDetails,
  type Verification,
} from '../../../protocol/models.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import { givesLabels } from '../../../vision/tasks/taskOf.ts';
import type { Models } from '../../models/models.ts';
import type { Act } from '../../models/modelsState.ts';
import { acceleratorText } from '../../ui/acceleratorText.ts';
import { Details } from '../../ui/Details.tsx';
import { Icon } from '../../ui/Icon.tsx';
import panel from '../../ui/Panel.module.css';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { precisionText } from '../../ui/precisionText.ts';
import { difference, shortVersion, statedLicense } from '../../ui/values.ts';
import { English } from '../../ui/words/English.tsx';
import type { Words } from '../../ui/words/en.ts';
import { taskText } from '../../ui/words/taskText.ts';
import { useWords } from '../../ui/words/useWords.ts';
import { agreementText } from './agreement.ts';
import { Differences } from './Differences.tsx';
import styles from './ModelCard.module.css';
import { ProblemText } from './ProblemText.tsx';
import { scoreText } from './scoreText.ts';
import { WordsField } from './WordsField.tsx';

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
  const words = useWords();
  const { common, counts, format, modelCard, modelStates } = words;
  const { id, name, task, state, problem, goldens, versions } = model;
  const live = liveVersionOf(model);
  const score = versions.find(({ version }) => version === live)?.score;
  const [isSure, setSure] = useState(false);
  const isBusy = act?.kind === 'busy';
  return (
    <li className={panel.card} data-model={id} data-state={state}>
      <div className={panel.head}>
        <div>
          <h3>{name}</h3>
          <p>
            {taskText(words, task).name}
            {model.labels.length > 0 && ` · ${counts.labels(model.labels.length)}`}
            {!givesLabels(task) && ` · ${modelCard.forPredict}`}
          </p>
        </div>
        <span className={panel.state} data-tone={TONES[state]}>
          {modelStates[state]}
        </span>
      </div>
      {problem && (
        <p className={panel.note} data-bad>
          <Icon name="warning" size={20} />{' '}
          <span>
            <English text={problem} sentence={model.problemSentence} meaning={modelCard.problem} />
          </span>
        </p>
      )}
      {model.problemDetails && <Differences lines={model.problemDetails} />}
      {act?.kind === 'verified' && (
        <Verdict verification={act.verification} onClose={() => models.dismiss(id)} />
      )}
      {act?.kind === 'failed' && (
        <p role="alert" className={panel.note} data-bad>
          <Icon name="warning" size={20} />{' '}
          <span>
            <ProblemText problem={act.problem} />
          </span>
        </p>
      )}
      {isSure ? (
        <div className={panel.actions}>
          <p role="alert">{modelCard.removeQuestion}</p>
          <PanelButton
            isDangerous
            onClick={() => {
              setSure(false);
              void models.remove(id);
            }}
          >
            {common.remove}
          </PanelButton>
          <PanelButton onClick={() => setSure(false)}>{common.keep}</PanelButton>
        </div>
      ) : (
        <div className={panel.actions}>
          {onChoose && !isChosen && (
            <PanelButton isMain onClick={onChoose}>
              {modelCard.use}
            </PanelButton>
          )}
          {(isInUse || isChosen) && (
            <span className={styles.inUse}>
              <Icon name="check" size={20} /> {isInUse ? modelCard.inUse : modelCard.chosen}
            </span>
          )}
          {mayChange && (
            <>
              {versions.length > 1 && (
                <PanelButton disabled={isBusy} onClick={() => void models.rollBack(id)}>
                  {isBusy && act.what === 'rollBack' ? modelCard.rollingBack : common.rollBack}
                </PanelButton>
              )}
              <PanelButton isDangerous disabled={isBusy} onClick={() => setSure(true)}>
                {isBusy && act.what === 'remove' ? modelCard.removing : common.removeAsk}
              </PanelButton>
            </>
          )}
        </div>
      )}
      <Details>
        <dl className={panel.facts}>
          {model.inferMs !== undefined && (
            <Fact name={modelCard.inferenceTime}>{format.ms(model.inferMs)}</Fact>
          )}
          <Fact name={modelCard.onDisk}>{format.bytes(model.graphBytes)}</Fact>
          {model.memoryBytes !== undefined && (
            <Fact name={modelCard.inMemory}>{format.bytes(model.memoryBytes)}</Fact>
          )}
          <Fact name={modelCard.input}>{modelCard.size(model.input.width, model.input.height)}</Fact>
        </dl>
        {model.precision && <p>{precisionText(words, model.precision)}</p>}
        {model.providers?.map((each) => (
          <p key={each.provider}>{acceleratorText(words, each)}</p>
        ))}
        {state !== 'broken' && <p>{agreementText(words, goldens)}</p>}
        {score && <p>{scoreText(words, score)}</p>}
        {mayChange && (
          <div className={panel.actions}>
            <PanelButton disabled={isBusy || goldens.count === 0} onClick={() => void models.verify(id)}>
              {isBusy && act.what === 'verify' ? modelCard.verifying : modelCard.verify}
            </PanelButton>
            {state === 'live' && canBeInt8(model) && (
              <PanelButton disabled={isBusy} onClick={() => void models.quantize(model)}>
                {modelCard.quantize}
              </PanelButton>
            )}
          </div>
        )}
        {mayChange && model.looksForWords && (
          <WordsField
            key={model.version}
            labels={model.labels}
            isBusy={isBusy}
            onChoose={(chosen) => void models.chooseWords(model, chosen)}
          />
        )}
        <p>{modelCard.origin(model.source, statedLicense(model.license))}</p>
        <ul className={styles.versions} aria-label={modelCard.versions}>
          {versions.map((version) => (
            <li key={version.version}>
              <code>{shortVersion(version.version)}</code> {addedText(words, version.addedAt)}
              {version.bits !== undefined && ` · ${modelCard.int8(version.bits)}`}
              {version.version === live && <b>{modelCard.live}</b>}
              {version.version !== live && mayChange && (
                <PanelButton disabled={isBusy} onClick={() => void models.rollBack(id, version.version)}>
                  {modelCard.makeLive}
                </PanelButton>
              )}
            </li>
          ))}
        </ul>
      </Details>
    </li>
  );
}

/** Models of one graph, which those that can be brought are, unless they are int8. */
const canBeInt8 = ({ task, version, versions, precision }: ModelDetails) =>
  precision === undefined &&
  is(ImportableTask, task) &&
  versions.find((one) => one.version === version)?.bits === undefined;

const TONES = {
  live: 'on',
  loading: 'pending',
  trial: 'pending',
  unloaded: undefined,
  broken: 'bad',
} as const satisfies Record<ModelDetails['state'], string | undefined>;

/** Models that ship with the server have no date. */
const addedText = ({ format, modelCard }: Words, addedAt: string | undefined) =>
  (addedAt === undefined ? undefined : format.date(addedAt)) ?? modelCard.shipped;

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Verdict({ verification, onClose }: { verification: Verification; onClose(): void }) {
  const { common, modelCard } = useWords();
  return (
    <div role="status" className={styles.verdict}>
      <ul>
        {verification.runtimes.map((run) => (
          <li key={run.runtime} data-bad={run.problems.length > 0 || undefined}>
            <b>{run.runtime}</b>{' '}
            {run.problems.length > 0 ? (
              <English
                text={run.summary ?? run.problems[0] ?? ''}
                sentence={run.sentence}
                meaning={modelCard.differs}
              />
            ) : (
              modelCard.same(
                run.sameTop,
                run.goldens,
                difference(run.largestDifference),
                isOutsideReference(run.recordedBy) ? run.recordedBy : undefined,
              )
            )}
            {run.problems.length > 0 && <Differences lines={run.problems} />}
          </li>
        ))}
      </ul>
      <button type="button" aria-label={common.dismiss} onClick={onClose}>
        <Icon name="close" size={20} />
      </button>
    </div>
  );
}
