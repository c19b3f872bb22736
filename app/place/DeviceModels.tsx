'use client';
import { Icon } from '../controls/Icon.tsx';
import { ProgressBar } from '../controls/ProgressBar.tsx';
import type { DeviceModelState, DevicePhase } from '../device/deviceState.ts';
import { PanelButton } from '../models/PanelButton.tsx';
import { bytesInWords, shortVersion } from '../models/words.ts';
import { Confirm } from './Confirm.tsx';
import styles from './DeviceModels.module.css';
import { phaseInWords, phaseName, shareHere } from './deviceWords.ts';

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
  /** Id of the model that looks. */
  looking: string | undefined;
}

/** The models on this device: how far they are, what waits, and what can be done. */
export function DeviceModels({ models, looking, ...actions }: DeviceModelsProps) {
  return (
    <section className={styles.root} aria-labelledby="device-models-title">
      <h3 id="device-models-title">Models on this device</h3>
      {models.length === 0 ? (
        <p className={styles.none}>None yet. The model that looks can be kept here as soon as it is known.</p>
      ) : (
        <ul>
          {models.map((model) => (
            <DeviceModel key={model.id} model={model} isLooking={model.id === looking} {...actions} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface DeviceModelProps extends DeviceModelActions {
  model: DeviceModelState;
  isLooking: boolean;
}

function DeviceModel({ model, isLooking, onDownload, onUpdate, onRollBack, onRemove }: DeviceModelProps) {
  const { id, name, phase, version, update, previous, bytes } = model;
  const facts = [
    version && `version ${shortVersion(version)}`,
    bytes > 0 && bytesInWords(bytes),
    isLooking && 'looks now',
  ].filter((fact) => typeof fact === 'string');
  return (
    <li className={styles.card} data-device-model={id} data-phase={phase.kind}>
      <div className={styles.head}>
        <div>
          <h4>{name}</h4>
          {facts.length > 0 && (
            <p>
              {facts.map((fact) => (
                <span key={fact}>{fact} </span>
              ))}
            </p>
          )}
        </div>
        <span className={styles.state}>{phaseName(phase)}</span>
      </div>
      <Phase name={name} phase={phase} />
      {update && (
        <div className={styles.update} data-update={update.phase.kind}>
          <p>
            <b>{updateTitle(update.phase)}</b> version {shortVersion(update.version)}
          </p>
          <Phase name={`Update of ${name}`} phase={update.phase} />
        </div>
      )}
      <div className={styles.actions}>
        {DOWNLOAD[phase.kind] && (
          <PanelButton isMain={phase.kind !== 'unproven'} onClick={() => onDownload(id)}>
            {DOWNLOAD[phase.kind]}
          </PanelButton>
        )}
        {update && UPDATE[update.phase.kind] && (
          <PanelButton isMain={update.phase.kind !== 'unproven'} onClick={() => onUpdate(id)}>
            {UPDATE[update.phase.kind]}
          </PanelButton>
        )}
        {previous !== undefined && (
          <PanelButton onClick={() => onRollBack(id)}>Go back a version</PanelButton>
        )}
        {bytes > 0 && (
          <Confirm
            ask="Remove …"
            question="Remove it from this device? The server still has it."
            yes="Remove"
            onYes={() => onRemove(id)}
          />
        )}
      </div>
    </li>
  );
}

/** What the button says that brings it here; absent where there is nothing to bring. */
const DOWNLOAD: Readonly<Partial<Record<DevicePhase['kind'], string>>> = {
  absent: 'Download',
  waiting: 'Download now',
  unproven: 'Try again',
  failed: 'Try again',
};

const UPDATE: Readonly<Partial<Record<DevicePhase['kind'], string>>> = {
  absent: 'Update now',
  waiting: 'Update now',
  stored: 'Update now',
  unproven: 'Try the update again',
  failed: 'Try the update again',
};

const updateTitle = (phase: DevicePhase): string => {
  switch (phase.kind) {
    case 'absent':
    case 'waiting':
      return 'Update waits:';
    case 'downloading':
      return 'Update comes in:';
    case 'stored':
    case 'starting':
    case 'ready':
      return 'Update is being proven:';
    case 'unproven':
      return 'Update refused:';
    case 'failed':
      return 'Update failed:';
    default:
      return phase satisfies never;
  }
};

function Phase({ name, phase }: { name: string; phase: DevicePhase }) {
  const words = phaseInWords(phase);
  if (words === undefined) return null;
  const isUnderWay = phase.kind === 'downloading' || phase.kind === 'starting';
  if (isUnderWay) {
    return (
      <div className={styles.progress}>
        <ProgressBar name={`${name}: ${phase.kind}`} share={shareHere(phase)} />
        <p>{words}</p>
      </div>
    );
  }
  const isBad = phase.kind !== 'waiting';
  return (
    <p className={styles.why} data-bad={isBad || undefined}>
      <Icon name={isBad ? 'warning' : 'busy'} size={20} /> {words}
    </p>
  );
}
