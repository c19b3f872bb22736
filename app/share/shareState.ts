/** Whether this camera is shown on the screens of the server. Nothing of it is relayed unless a person agreed. */
export type ShareState =
  | { readonly kind: 'off' }
  | {
      readonly kind: 'on';
      readonly link: 'connecting' | 'open' | 'waiting';
      /** What it is called on screens; undefined: its number stands for it. */
      readonly name: string | undefined;
      /** Its number on screens; undefined until the server has given it one. */
      readonly camera: number | undefined;
      /** Number of screens that are open. */
      readonly screens: number;
    }
  /** The server does not show it: `message` says why, in English. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export type ShareEvent =
  | { readonly type: 'on'; readonly name: string | undefined }
  | { readonly type: 'off' }
  | { readonly type: 'link'; readonly link: Extract<ShareState, { kind: 'on' }>['link'] }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | { readonly type: 'identity'; readonly name: string | undefined; readonly camera: number }
  | { readonly type: 'screens'; readonly count: number };

export function shareReducer(state: ShareState, event: ShareEvent): ShareState {
  switch (event.type) {
    case 'on':
      return { kind: 'on', link: 'connecting', name: event.name, camera: undefined, screens: 0 };
    case 'off':
      return { kind: 'off' };
    case 'refused':
      return { kind: 'refused', code: event.code, message: event.message };
    case 'link':
      return state.kind === 'on' ? { ...state, link: event.link } : state;
    case 'identity':
      return state.kind === 'on' ? { ...state, name: event.name, camera: event.camera } : state;
    case 'screens':
      return state.kind === 'on' ? { ...state, screens: event.count } : state;
    default:
      return event satisfies never;
  }
}
