import type { RelayState } from '../../client/relay/relayLink.ts';
import type { SharedCamera } from '../../protocol/relay.ts';

/** Maximum number of cameras on a wall. */
export const MAX_TILES = 16;

/** What a screen shows. */
export interface WallState {
  readonly link: RelayState;
  /** All that are shared, by number. */
  readonly cameras: readonly SharedCamera[];
  /** The camera that the keys act on. */
  readonly chosen: number | undefined;
  /** The one camera that fills the wall; undefined: all are shown. */
  readonly large: number | undefined;
  /** Cameras whose picture is held, and since when, ms of the page's clock. */
  readonly frozen: ReadonlyMap<number, number>;
  /** Width / height of each camera's pictures, as far as there were any. */
  readonly aspects: ReadonlyMap<number, number>;
}

export const INITIAL_WALL: WallState = {
  link: { kind: 'closed' },
  cameras: [],
  chosen: undefined,
  large: undefined,
  frozen: new Map(),
  aspects: new Map(),
};

export type WallEvent =
  | { readonly type: 'link'; readonly link: RelayState }
  | { readonly type: 'cameras'; readonly cameras: readonly SharedCamera[] }
  | { readonly type: 'choose'; readonly camera: number }
  /** To another camera, `by` places further; it stops at the ends. */
  | { readonly type: 'move'; readonly by: number }
  | { readonly type: 'large'; readonly camera: number | undefined }
  | { readonly type: 'freeze'; readonly camera: number; readonly nowMs: number }
  | { readonly type: 'aspect'; readonly camera: number; readonly aspect: number };

export function wallReducer(state: WallState, event: WallEvent): WallState {
  switch (event.type) {
    case 'link':
      return { ...state, link: event.link };
    case 'cameras': {
      // Nothing stays of a camera that is not shared any more.
      const numbers = new Set(event.cameras.map(({ camera }) => camera));
      const kept = <T>(of: ReadonlyMap<number, T>) =>
        new Map([...of].filter(([camera]) => numbers.has(camera)));
      const tiles = new Set(withTiles({ cameras: event.cameras }).map(({ camera }) => camera));
      const there = (camera: number | undefined) =>
        camera !== undefined && tiles.has(camera) ? camera : undefined;
      return {
        ...state,
        cameras: event.cameras,
        chosen: there(state.chosen),
        large: there(state.large),
        frozen: kept(state.frozen),
        aspects: kept(state.aspects),
      };
    }
    case 'choose':
      return state.chosen === event.camera ? state : { ...state, chosen: event.camera };
    case 'move': {
      const cameras = withTiles(state);
      if (cameras.length === 0) return state;
      const at = cameras.findIndex(({ camera }) => camera === (state.large ?? state.chosen));
      const next = cameras[at < 0 ? 0 : Math.min(cameras.length - 1, Math.max(0, at + event.by))];
      if (next === undefined) return state;
      const { camera } = next;
      return { ...state, chosen: camera, large: state.large === undefined ? undefined : camera };
    }
    case 'large':
      return { ...state, large: event.camera, chosen: event.camera ?? state.chosen };
    case 'freeze': {
      const frozen = new Map(state.frozen);
      if (!frozen.delete(event.camera)) frozen.set(event.camera, event.nowMs);
      return { ...state, frozen };
    }
    case 'aspect': {
      if (state.aspects.get(event.camera) === event.aspect) return state;
      return { ...state, aspects: new Map(state.aspects).set(event.camera, event.aspect) };
    }
    default:
      return event satisfies never;
  }
}

/** The cameras that have a tile, whether it is shown or not. */
export const withTiles = ({ cameras }: Pick<WallState, 'cameras'>): readonly SharedCamera[] =>
  cameras.slice(0, MAX_TILES);

/** The cameras that are shown now: all that have a tile, or the large one. */
export function shownCameras(state: WallState): readonly SharedCamera[] {
  const { large } = state;
  return withTiles(state).filter(({ camera }) => large === undefined || camera === large);
}
