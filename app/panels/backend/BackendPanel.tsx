'use client';
import type { ModelInfo } from '../../../protocol/messages.ts';
import { absentModel } from '../../device/library/deviceReducer.ts';
import type { DeviceState } from '../../device/library/deviceState.ts';
import type { DownloadConditions } from '../../device/library/downloadConditions.ts';
import type { inUse } from '../../lens/lensState.ts';
import type { BackendMode, BackendReport, Comparison } from '../../recognizers/backend.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Sheet } from '../../ui/Sheet.tsx';
import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './BackendPanel.module.css';
import { ComparisonTable } from './ComparisonTable.tsx';
import { type DeviceModelActions, DeviceModels } from './DeviceModels.tsx';
import { Downloads } from './Downloads.tsx';
import { labelSource } from './labelSource.ts';
import { ModeChoice } from './ModeChoice.tsx';
import { ParityCertificate } from './ParityCertificate.tsx';

export interface BackendPanelProps extends DeviceModelActions {
  report: BackendReport;
  /** Codes are read, and nothing else. */
  areCodes: boolean;
  /** What both sides deliver; read twice a second while the panel is open. */
  comparison(): Comparison;
  device: DeviceState;
  /** The one that is used, or would be; undefined until it is known. */
  model: ModelInfo | undefined;
  /** What gives the labels on the screen, and where; undefined while nothing is analysed. */
  active: ReturnType<typeof inUse>;
  /** Something is shown to be analysed, whether or not labels come. */
  isShowing: boolean;
  isOpen: boolean;
  onClose(): void;
  onMode(mode: BackendMode): void;
  /** Runs the model on this device for a moment, to know how well it does; downloads what that needs. */
  onMeasure(): void;
  /** Removes all models from this device. */
  onClear(): void;
  onConditions(conditions: DownloadConditions): void;
}

/** Where frames are analysed: the choice, what speaks for each side, and the models of this device. */
export function BackendPanel({
  report,
  areCodes,
  comparison,
  device,
  model,
  active,
  isShowing,
  isOpen,
  onClose,
  onMode,
  onMeasure,
  onClear,
  onConditions,
  ...actions
}: BackendPanelProps) {
  const words = useWords();
  const { backendPanel, common } = words;
  const { backend, title, detail, english } = labelSource(words, report, areCodes);
  const here = model && stateOf(device, model);
  const others = Object.values(device.models).filter(({ id }) => id !== model?.id);
  const shown = here ? [here, ...others] : others;
  return (
    <Sheet title={backendPanel.title} data-testid="place-panel" isOpen={isOpen} onClose={onClose}>
      <section className={styles.now} data-backend={backend} aria-label={backendPanel.now}>
        <Icon name={backend} size={28} />
        <div>
          <b>{isShowing ? title : backendPanel.nothing}</b>
          <p>
            {isShowing ? detail : backendPanel.nothingText}
            {isShowing && english && (
              <>
                {' '}
                <English text={english} />
              </>
            )}
            {isShowing &&
              !areCodes &&
              active === undefined &&
              `${common.sentenceSpace}${backendPanel.noLabels}`}
            {isShowing &&
              !areCodes &&
              report.switches > 0 &&
              `${common.sentenceSpace}${backendPanel.switched(report.switches)}`}
          </p>
        </div>
      </section>
      <ModeChoice mode={report.mode} onMode={onMode} />
      {isOpen && (
        <ComparisonTable
          report={report}
          read={comparison}
          activeBackend={active?.backend}
          device={here}
          onMeasure={onMeasure}
        />
      )}
      {here?.certificate && (
        <ParityCertificate certificate={here.certificate} name={here.name} race={here.provider?.race ?? []} />
      )}
      <DeviceModels models={shown} inUse={active?.backend === 'device' ? active.models : []} {...actions} />
      <Downloads device={device} onConditions={onConditions} onClear={onClear} />
    </Sheet>
  );
}

/** A model that the device does not know is simply not there. */
const stateOf = ({ models }: DeviceState, { id, name }: ModelInfo) => models[id] ?? absentModel(id, name);
