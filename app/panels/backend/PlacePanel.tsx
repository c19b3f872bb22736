'use client';
import type { ModelInfo } from '../../../protocol/messages.ts';
import { absentModel } from '../../device/deviceReducer.ts';
import type { DeviceState, DownloadConditions } from '../../device/deviceState.ts';
import type { inUse } from '../../lens/lensState.ts';
import type { Comparison, PlaceMode, PlaceReport } from '../../recognizers/place.ts';
import { placeInWords } from '../../recognizers/placeWords.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Sheet } from '../../ui/Sheet.tsx';
import { ComparisonTable } from './ComparisonTable.tsx';
import { type DeviceModelActions, DeviceModels } from './DeviceModels.tsx';
import { Downloads } from './Downloads.tsx';
import { ModeChoice } from './ModeChoice.tsx';
import { ParityCertificate } from './ParityCertificate.tsx';
import styles from './PlacePanel.module.css';

export interface PlacePanelProps extends DeviceModelActions {
  report: PlaceReport;
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
  onMode(mode: PlaceMode): void;
  /** Runs the model on this device for a moment, to know how well it does; downloads what that needs. */
  onMeasure(): void;
  /** Removes all models from this device. */
  onClear(): void;
  onConditions(conditions: DownloadConditions): void;
}

/** Where frames are analysed: the choice, what speaks for each side, and the models of this device. */
export function PlacePanel({
  report,
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
}: PlacePanelProps) {
  const { title, detail } = placeInWords(report);
  const here = model && stateOf(device, model);
  const others = Object.values(device.models).filter(({ id }) => id !== model?.id);
  const shown = here ? [here, ...others] : others;
  return (
    <Sheet title="Where labels come from" data-testid="place-panel" isOpen={isOpen} onClose={onClose}>
      <section className={styles.now} data-place={report.place} aria-label="Now">
        <Icon name={report.place} size={28} />
        <div>
          <b>{isShowing ? title : 'Nothing is being analysed'}</b>
          <p>
            {isShowing ? detail : 'Start the camera, or open a picture or a video.'}
            {isShowing && active === undefined && ' No labels are coming right now.'}
            {isShowing && report.switches > 0 && ` ${changesInWords(report.switches)}`}
          </p>
        </div>
      </section>
      <ModeChoice mode={report.mode} onMode={onMode} />
      {isOpen && (
        <ComparisonTable
          report={report}
          read={comparison}
          activePlace={active?.place}
          device={here}
          onMeasure={onMeasure}
        />
      )}
      {here?.certificate && <ParityCertificate certificate={here.certificate} name={here.name} />}
      <DeviceModels models={shown} inUse={active?.place === 'device' ? active.models : []} {...actions} />
      <Downloads device={device} onConditions={onConditions} onClear={onClear} />
    </Sheet>
  );
}

const changesInWords = (switches: number) =>
  switches === 1 ? 'It has switched once automatically.' : `It has switched ${switches} times automatically.`;

/** A model of which the device never heard is simply not there. */
const stateOf = ({ models }: DeviceState, { id, name }: ModelInfo) => models[id] ?? absentModel(id, name);
