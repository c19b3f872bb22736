'use client';
import type { DeviceModelState, DevicePhase } from '../../device/library/deviceState.ts';
import { Confirm } from '../../ui/Confirm.tsx';
import { Details } from '../../ui/Details.tsx';
import { Icon } from '../../ui/Icon.tsx';
import panel from '../../ui/Panel.module.css';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { shortVersion } from '../../ui/values.ts';
import { English } from '../../ui/words/English.tsx';
import type { Words } from '../../ui/words/en.ts';
import { Rich } from '../../ui/words/Rich.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './DeviceModels.module.css';
import { phaseName, phaseText, shareHere } from './deviceText.ts';

/** What a person can do with a model of this device, by its id. */
export interface DeviceModelActions {
  /** Downloads it, or tries again, whatever the conditions. */
  onDownload(id: string): void;
  /** Fetches the newer version, or tries it again, whatever the conditions. */
  onUpdate(id: string): void;
  onRollBack(id: string): void;
  onRemove(id: string): void;
}

export interface DeviceModelsProps extends DeviceModelActions {
  models: readonly DeviceModelState[];
  /** Ids of the models that run on this device now. */
  inUse: readonly string[];
}

/** The models on this device: how far they are, what waits, and what can be done. */
export function DeviceModels({ models, inUse, ...actions }: DeviceModelsProps) {
  const { deviceModels } = useWords();
  return (
    <section className={styles.root} aria-labelledby="device-models-title">
      <h3 id="device-models-title">{deviceModels.title}</h3>
      {models.length === 0 ? (
        <p className={styles.none}>{deviceModels.none}</p>
      ) : (
        <ul>
          {models.map((model) => (
            <DeviceModel key={model.id} model={model} isInUse={inUse.includes(model.id)} {...actions} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface DeviceModelProps extends DeviceModelActions {
  model: DeviceModelState;
  isInUse: boolean;
}

function DeviceModel({ model, isInUse, onDownload, onUpdate, onRollBack, onRemove }: DeviceModelProps) {
  const words = useWords();
  const { common, deviceModels, format, updates } = words;
  const { id, name, phase, version, update, previous, bytes } = model;
  const download = DOWNLOAD[phase.kind];
  const updateAgain = update && UPDATE[update.phase.kind];
  return (
    <li className={panel.card} data-device-model={id} data-phase={phase.kind}>
      <div className={panel.head}>
        <div>
          <h4>{name}</h4>
          {bytes > 0 && <p>{format.bytes(bytes)}</p>}
        </div>
        <span className={panel.state} data-tone={isInUse ? 'on' : TONES[phase.kind]}>
          {isInUse ? deviceModels.inUse : phaseName(words, phase)}
        </span>
      </div>
      <Phase name={name} phase={phase} />
      {update && (
        <div className={styles.update} data-update={update.phase.kind}>
          <p>
            <b>{updates[update.phase.kind]}</b> {shortVersion(update.version)}
          </p>
          <Phase name={deviceModels.updateOf(name)} phase={update.phase} />
        </div>
      )}
      <div className={panel.actions}>
        {download && (
          <PanelButton isMain={phase.kind !== 'unproven'} onClick={() => onDownload(id)}>
            {download(words)}
          </PanelButton>
        )}
        {updateAgain && (
          <PanelButton isMain={update.phase.kind !== 'unproven'} onClick={() => onUpdate(id)}>
            {updateAgain(words)}
          </PanelButton>
        )}
        {previous !== undefined && (
          <PanelButton onClick={() => onRollBack(id)}>{common.rollBack}</PanelButton>
        )}
        {bytes > 0 && (
          <Confirm
            ask={common.removeAsk}
            question={deviceModels.removeQuestion}
            yes={common.remove}
            onYes={() => onRemove(id)}
          />
        )}
      </div>
      {version && (
        <Details>
          <p>
            <Rich
              text={
                previous === undefined
                  ? deviceModels.version(shortVersion(version))
                  : deviceModels.versionBefore(shortVersion(version), shortVersion(previous))
              }
            />
          </p>
        </Details>
      )}
    </li>
  );
}

const TONES: Readonly<Partial<Record<DevicePhase['kind'], string>>> = {
  downloading: 'pending',
  stored: 'pending',
  starting: 'pending',
  ready: 'on',
  unproven: 'bad',
  failed: 'bad',
};

type ButtonText = (words: Words) => string;

/** What the button says that brings it here; absent where there is nothing to bring. */
const DOWNLOAD: Readonly<Partial<Record<DevicePhase['kind'], ButtonText>>> = {
  absent: ({ deviceModels }) => deviceModels.download,
  waiting: ({ deviceModels }) => deviceModels.downloadNow,
  unproven: ({ common }) => common.tryAgain,
  failed: ({ common }) => common.tryAgain,
};

const UPDATE: Readonly<Partial<Record<DevicePhase['kind'], ButtonText>>> = {
  absent: ({ deviceModels }) => deviceModels.updateNow,
  waiting: ({ deviceModels }) => deviceModels.updateNow,
  stored: ({ deviceModels }) => deviceModels.updateNow,
  unproven: ({ deviceModels }) => deviceModels.updateAgain,
  failed: ({ deviceModels }) => deviceModels.updateAgain,
};

function Phase({ name, phase }: { name: string; phase: DevicePhase }) {
  const words = useWords();
  const written = phaseText(words, phase);
  if (written === undefined) return null;
  const isPending = phase.kind === 'downloading' || phase.kind === 'starting';
  if (isPending) {
    return (
      <div className={styles.progress}>
        <ProgressBar
          name={words.deviceModels.progress(name, phaseName(words, phase))}
          share={shareHere(phase)}
        />
        <p>{written.text}</p>
      </div>
    );
  }
  const isBad = phase.kind !== 'waiting';
  return (
    <p className={panel.note} data-bad={isBad || undefined}>
      <Icon name={isBad ? 'warning' : 'busy'} size={20} />
      <span>
        {written.text}
        {written.english && <English {...written.english} />}
      </span>
    </p>
  );
}
