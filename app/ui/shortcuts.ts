/** What a key does. */
export type Shortcut =
  | 'startStop'
  | 'pause'
  | 'flip'
  | 'mirror'
  | 'present'
  | 'camera'
  | 'picture'
  | 'video'
  | 'screen'
  | 'lower'
  | 'higher'
  | 'detail'
  | 'models'
  | 'nextModel'
  | 'place'
  | 'help';

/** The keys with what they do, as the help lists them. */
export const SHORTCUTS: readonly {
  readonly keys: readonly string[];
  readonly shortcut: Shortcut;
  readonly does: string;
}[] = [
  { keys: ['Space'], shortcut: 'startStop', does: 'Start or stop' },
  { keys: ['K'], shortcut: 'pause', does: 'Pause a video' },
  { keys: ['←', '-'], shortcut: 'lower', does: 'Show less certain labels too' },
  { keys: ['→', '+'], shortcut: 'higher', does: 'Show certain labels only' },
  { keys: ['C'], shortcut: 'camera', does: 'Back to the camera' },
  { keys: ['O'], shortcut: 'picture', does: 'Open a picture' },
  { keys: ['V'], shortcut: 'video', does: 'Open a video' },
  { keys: ['S'], shortcut: 'screen', does: 'Share a screen or window' },
  { keys: ['F'], shortcut: 'flip', does: 'Flip the camera' },
  { keys: ['M'], shortcut: 'mirror', does: 'Mirror the picture' },
  { keys: ['P'], shortcut: 'present', does: 'Present: the picture and its names only' },
  { keys: ['N'], shortcut: 'nextModel', does: 'Use the next model' },
  { keys: ['W'], shortcut: 'place', does: 'Where labels come from' },
  { keys: ['L'], shortcut: 'models', does: 'List the models, or add one' },
  { keys: ['I'], shortcut: 'detail', does: 'Show where the time goes' },
  { keys: ['?'], shortcut: 'help', does: 'Show this help' },
];

const BY_KEY = new Map<string, Shortcut>([
  [' ', 'startStop'],
  ['k', 'pause'],
  ['arrowleft', 'lower'],
  ['-', 'lower'],
  ['arrowright', 'higher'],
  ['+', 'higher'],
  ['=', 'higher'],
  ['c', 'camera'],
  ['o', 'picture'],
  ['v', 'video'],
  ['s', 'screen'],
  ['f', 'flip'],
  ['m', 'mirror'],
  ['p', 'present'],
  ['n', 'nextModel'],
  ['w', 'place'],
  ['l', 'models'],
  ['i', 'detail'],
  ['?', 'help'],
]);

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** Whether the key means something to the control that has the focus: a field, a list, a button. */
  inControl: boolean;
}

/** What a key press asks for; undefined if it is not for the page. */
export function shortcutOf(press: KeyPress): Shortcut | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || press.inControl) return undefined;
  return BY_KEY.get(press.key.toLowerCase());
}

/**
 * Whether a key belongs to the focused element. Fields and lists take all keys; a button takes those that press
 * it; a menu or a dialog all.
 */
export function belongsToControl(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('input, select, textarea, [contenteditable], [role="menu"], dialog')) return true;
  return target.closest('button, a') !== null && (key === ' ' || key === 'Enter');
}
