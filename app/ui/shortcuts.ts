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
  | 'demo'
  | 'freeze'
  | 'zoom'
  | 'arrow'
  | 'letGo'
  | 'lower'
  | 'higher'
  | 'detail'
  | 'models'
  | 'mode'
  | 'nextModel'
  | 'backend'
  | 'history'
  | 'help';

/** The keys, as the help lists them; what they do is in the catalogue of words. */
export const SHORTCUTS: readonly {
  readonly keys: readonly string[];
  readonly shortcut: Shortcut;
}[] = [
  { keys: ['Space'], shortcut: 'startStop' },
  { keys: ['K'], shortcut: 'pause' },
  { keys: ['-', '←'], shortcut: 'lower' },
  { keys: ['+', '→'], shortcut: 'higher' },
  { keys: ['C'], shortcut: 'camera' },
  { keys: ['O'], shortcut: 'picture' },
  { keys: ['V'], shortcut: 'video' },
  { keys: ['S'], shortcut: 'screen' },
  { keys: ['D'], shortcut: 'demo' },
  { keys: ['F'], shortcut: 'flip' },
  { keys: ['M'], shortcut: 'mirror' },
  { keys: ['P'], shortcut: 'present' },
  { keys: ['T'], shortcut: 'freeze' },
  { keys: ['Z'], shortcut: 'zoom' },
  { keys: ['←', '↑', '→', '↓'], shortcut: 'arrow' },
  { keys: ['Esc'], shortcut: 'letGo' },
  { keys: ['1', '…', '9'], shortcut: 'mode' },
  { keys: ['N'], shortcut: 'nextModel' },
  { keys: ['W'], shortcut: 'backend' },
  { keys: ['L'], shortcut: 'models' },
  { keys: ['H'], shortcut: 'history' },
  { keys: ['I'], shortcut: 'detail' },
  { keys: ['?'], shortcut: 'help' },
];

const BY_KEY = new Map<string, Shortcut>([
  [' ', 'startStop'],
  ['k', 'pause'],
  ['-', 'lower'],
  ['+', 'higher'],
  ['=', 'higher'],
  ['c', 'camera'],
  ['o', 'picture'],
  ['v', 'video'],
  ['s', 'screen'],
  ['d', 'demo'],
  ['f', 'flip'],
  ['m', 'mirror'],
  ['p', 'present'],
  ['t', 'freeze'],
  ['z', 'zoom'],
  ['arrowleft', 'arrow'],
  ['arrowup', 'arrow'],
  ['arrowright', 'arrow'],
  ['arrowdown', 'arrow'],
  ['escape', 'letGo'],
  ['n', 'nextModel'],
  ...['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit): [string, Shortcut] => [digit, 'mode']),
  ['w', 'backend'],
  ['l', 'models'],
  ['i', 'detail'],
  ['h', 'history'],
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
  // One that is in a dialog that closed has the focus only until the next frame.
  if (!(target instanceof Element) || target.closest('dialog:not([open])')) return false;
  if (target.closest('input, select, textarea, [contenteditable], [role="menu"], dialog')) return true;
  return target.closest('button, a') !== null && (key === ' ' || key === 'Enter');
}
