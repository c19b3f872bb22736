/** Names that Windows has for devices, whatever stands behind a dot. */
export const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Letters that no name of a file can have on some system. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a name
export const FORBIDDEN = /[<>:"|?*\\\u0000-\u001f\u007f]/;

/** Two paths that are one on some system have the same key. */
export const pathKey = (name: string): string => name.normalize('NFC').toLowerCase();

const MAX_PART_CHARS = 80;

/** Names for folders or files of one folder, valid on every system and each another, as near as can be to what was given. */
export function safeParts(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const cleaned = [...name.normalize('NFC')]
      .slice(0, MAX_PART_CHARS)
      .map((letter) => (letter === '/' || FORBIDDEN.test(letter) ? '_' : letter))
      .join('')
      // A dot in front hides it on some systems.
      .replace(/^[. ]+|[. ]+$/g, '');
    const own = cleaned === '' || DEVICE.test(cleaned) ? `_${cleaned}` : cleaned;
    let part = own;
    for (let count = 2; taken.has(pathKey(part)); count++) part = `${own} ${count}`;
    taken.add(pathKey(part));
    return part;
  });
}
