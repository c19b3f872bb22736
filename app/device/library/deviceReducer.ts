import type { Certificate } from '../runtime/certificate.ts';
import type { ProviderReport } from '../runtime/deviceSession.ts';
import type { DeviceModelState, DevicePhase, DeviceState } from './deviceState.ts';
import type { DownloadConditions } from './downloadConditions.ts';
import { bytesOf, type StoredModel } from './storedModel.ts';

export type DeviceEvent =
  | { readonly type: 'opened'; readonly isPersistent: boolean; readonly conditions: DownloadConditions }
  /** A model is kept, or its record has changed. */
  | { readonly type: 'kept'; readonly record: StoredModel }
  | { readonly type: 'removed'; readonly id: string }
  /** `name` where it is known. */
  | { readonly type: 'phase'; readonly id: string; readonly name?: string; readonly phase: DevicePhase }
  | { readonly type: 'update'; readonly id: string; readonly update: DeviceModelState['update'] }
  | {
      readonly type: 'proof';
      readonly id: string;
      readonly certificate: Certificate;
      readonly provider: ProviderReport;
    }
  | { readonly type: 'storage'; readonly storage: DeviceState['storage'] }
  | { readonly type: 'conditions'; readonly conditions: DownloadConditions };

export function deviceReducer(state: DeviceState, event: DeviceEvent): DeviceState {
  switch (event.type) {
    case 'opened':
      return { ...state, isPersistent: event.isPersistent, conditions: event.conditions };
    case 'kept': {
      const { current, previous } = event.record;
      const { id, name } = current.manifest;
      const before = state.models[id];
      // A certificate is one version's.
      const isSame = before?.version === current.version;
      return withModel(state, id, {
        name,
        version: current.version,
        previous: previous?.version,
        bytes: bytesOf(event.record),
        phase: isSame && before ? before.phase : { kind: 'stored' },
        certificate: isSame ? before?.certificate : undefined,
        provider: isSame ? before?.provider : undefined,
        // It has become the one in use.
        update: before?.update?.version === current.version ? undefined : before?.update,
      });
    }
    case 'removed': {
      const { [event.id]: _, ...models } = state.models;
      return { ...state, models };
    }
    case 'phase': {
      const { id, name, phase } = event;
      return withModel(state, id, name === undefined ? { phase } : { phase, name });
    }
    case 'update':
      // The model was removed: nothing to show.
      if (state.models[event.id] === undefined) return state;
      return withModel(state, event.id, { update: event.update });
    case 'proof':
      return withModel(state, event.id, { certificate: event.certificate, provider: event.provider });
    case 'storage':
      return { ...state, storage: event.storage };
    case 'conditions':
      return { ...state, conditions: event.conditions };
    default:
      return event satisfies never;
  }
}

function withModel(state: DeviceState, id: string, change: Partial<DeviceModelState>): DeviceState {
  const model = { ...(state.models[id] ?? absentModel(id)), ...change };
  return { ...state, models: { ...state.models, [id]: model } };
}

/** A model of which nothing is here. */
export const absentModel = (id: string, name = id): DeviceModelState => ({
  id,
  name,
  phase: { kind: 'absent' },
  version: undefined,
  update: undefined,
  previous: undefined,
  certificate: undefined,
  provider: undefined,
  bytes: 0,
});
