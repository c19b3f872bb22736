import type { Formats } from '../formats.ts';

/** What a person can do with a thing, a moment, and what was seen before. */
export const thing = (format: Formats) => ({
  thing: {
    locked: (name: string) => `Locked on: ${name}`,
    things: 'Things in the picture',
    outOfSight: 'Out of sight',
    inSight: 'In sight',
    search: 'Search',
    speak: 'Speak',
    copy: 'Copy',
    save: 'Save',
    letGo: 'Let go',
    /** What became of a press. */
    said: {
      copied: 'Name and picture copied',
      nameCopied: 'Name copied',
      pictureCopied: 'Picture copied. Paste it into a picture search.',
      notCopied: 'This browser did not let the page copy it',
      noVoice: 'This device has no voice for this language',
      noPicture: 'This browser could not cut out the picture',
    },
    searchTitle: (name: string) => `Search for “${name}”`,
    searchText: 'Nothing leaves this device until you choose one of these.',
    share: 'Share the picture …',
    copyPicture: 'Copy the picture',
    copyPictureText: 'Then paste it into a picture search.',
    searchByName: (host: string) => `Search by name on ${host}`,
    /** A page that searches the web for a text. */
    searchUrl: (text: string) => `https://duckduckgo.com/?q=${encodeURIComponent(text)}`,
  },
  text: {
    title: 'Text in the picture',
    lines: (count: number) => (count === 1 ? '1 line' : `${format.number(count)} lines`),
    selected: (count: number, total: number) =>
      `${format.number(count)} of ${total === 1 ? '1 line' : `${format.number(total)} lines`} selected`,
    /** Of one line, for screen readers. */
    isSelected: 'selected',
    unselect: 'Clear the selection',
    copy: 'Copy',
    copyAll: 'Copy all',
    readAloud: 'Read aloud',
    search: 'Search',
    searchTitle: 'Search for the text',
    searchOn: (host: string) => `Search on ${host}`,
    /** What became of a press. */
    said: {
      copied: 'Text copied',
      notCopied: 'This browser did not let the page copy it',
      noVoice: 'This device has no voice for this language',
    },
  },
  freeze: {
    freeze: 'Freeze',
    freezeTitle: 'Freeze the picture (T)',
    backToLive: 'Back to live',
    frozen: 'Frozen. Tap a thing, or pinch to zoom.',
    zoom: 'Zoom',
    export: 'Share',
    exportTitle: 'Share or save this picture',
    withNames: 'Picture with names',
    withNamesText: 'A PNG file with all pixels, boxes and names.',
    labels: 'Labels only',
    labelsText: 'A JSON file in the COCO format, for other programs.',
    share: 'Share …',
    save: 'Save',
    exportFailed: 'This browser could not make the file',
    failed: {
      title: 'The picture could not be frozen',
      text: 'This browser gives the page no still picture. The live picture goes on.',
    },
  },
  history: {
    title: 'History',
    text: 'Keeps what you lock on to or freeze, as small pictures, in this browser only. Nothing of it is sent.',
    keep: 'Keep a history on this device',
    limits: (count: number, days: number) =>
      `At most ${format.number(count)} entries, for ${format.number(days)} days.`,
    empty: 'Nothing here yet. Tap a thing, or freeze the picture.',
    offEmpty: 'The history is off.',
    clear: 'Clear all …',
    clearAsk: 'Delete all entries? This cannot be undone.',
    clearYes: 'Delete all',
    remove: (name: string) => `Delete ${name}`,
    moment: 'Frozen picture',
    failed: 'This browser does not let the page keep a history.',
  },
});
