'use client';
import type { DeviceModelState, DevicePhase } from '../../device/deviceState.ts';
import { Confirm } from '../../ui/Confirm.tsx';
import { Details } from '../../ui/Details.tsx';
import { Icon } from '../../ui/Icon.tsx';
import panel from '../../ui/Panel.module.css';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { bytesInWords, shortVersion } from '../../ui/values.ts';
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
  /** Ids of the models that run on this device now. */
  inUse: readonly string[];
}

/** The models on this device: how far they are, what waits, and what can be done. */
export function DeviceModels({ models, inUse, ...actions }: DeviceModelsProps) {
  return (
    <section className={styles.root} aria-labelledby="device-models-title">
      <h3 id="device-models-title">Models on this device</h3>
      {models.length === 0 ? (
        <p className={styles.none}>None yet. Once a model is known it can be stored here.</p>
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
  const { id, name, phase, version, update, previous, bytes } = model;
  return (
    <li className={panel.card} data-device-model={id} data-phase={phase.kind}>
      <div className={panel.head}>
        <div>
          <h4>{name}</h4>
          {bytes > 0 && <p>{bytesInWords(bytes)}</p>}
        </div>
        <span className={panel.state} data-tone={isInUse ? 'on' : TONES[phase.kind]}>
          {isInUse ? 'In use' : phaseName(phase)}
        </span>
      </div>
      <Phase name={name} phase={phase} />
      {update && (
        <div className={styles.update} data-update={update.phase.kind}>
          <p>
            <b>{updateTitle(update.phase)}</b> {shortVersion(update.version)}
          </p>
          <Phase name={`Update of ${name}`} phase={update.phase} />
        </div>
      )}
      <div className={panel.actions}>
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
        {previous !== undefined && <PanelButton onClick={() => onRollBack(id)}>Roll back</PanelButton>}
        {bytes > 0 && (
          <Confirm
            ask="Remove …"
            question="Remove it from this device? It can be downloaded again from a server that has it."
            yes="Remove"
            onYes={() => onRemove(id)}
          />
        )}
      </div>
      {version && (
        <Details>
          <p>
            Version <code>{shortVersion(version)}</code>
            {previous !== undefined && (
              <>
                , before that <code>{shortVersion(previous)}</code>
              </>
            )}
          </p>
        </Details>
      )}
    </li>
  );
}

const TONES: Readonly<Partial<Record<DevicePhase['kind'], string>>> = {
  downloading: 'coming',
  stored: 'coming',
  starting: 'coming',
  ready: 'on',
  unproven: 'bad',
  failed: 'bad',
};

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
      return 'Update waiting:';
    case 'downloading':
      return 'Update downloading:';
    case 'stored':
    case 'starting':
    case 'ready':
      return 'Update being checked:';
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
    <p className={panel.note} data-bad={isBad || undefined}>
      <Icon name={isBad ? 'warning' : 'busy'} size={20} /> {words}
    </p>
  );
}
