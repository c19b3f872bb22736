import type { Formats } from '../formats.ts';

/** The second screen, and the camera that is shown there. */
export const wall = (format: Formats) => ({
  /** On the camera. */
  share: {
    open: 'Show on a screen',
    askTitle: 'Show this camera on the screen?',
    askText:
      'Whoever opens /screen on this server then sees your picture and its labels, until you stop. The pictures pass through the server, and none is stored.',
    /** Added while the model runs on this device. */
    askDevice: 'The model goes on running on this device, but the pictures for the screen leave it.',
    name: 'Name on the screen (optional)',
    nameExample: 'Front row, Anna, microscope …',
    agree: 'Show my camera',
    decline: 'Not now',
    stop: 'Stop',
    /** For a screen reader, next to the button that stops the camera itself. */
    stopName: 'Stop showing my camera',
    shown: (screens: number) =>
      format.plural(screens, {
        one: 'Your camera is on the screen',
        other: `Your camera is on ${format.number(screens)} screens`,
      }),
    noScreen: 'Ready to be shown: no screen is open yet',
    cameraOff: 'Not shown while the camera is off',
    connecting: 'Connecting to the screen …',
    as: (name: string) => `Name: “${name}”`,
    asNumber: (number: number) => `Name: Camera ${format.number(number)}`,
    refusedTitle: 'The camera can’t be shown',
  },
  /** On the screen. */
  wall: {
    /** From another page. */
    open: 'Show several cameras on one screen',
    title: 'Livelens screen',
    emptyTitle: 'Put cameras on this screen',
    stepOpen: 'Open this address on a phone or laptop.',
    stepStart: 'Start its camera.',
    stepAgree: 'Agree to show it. The picture appears here.',
    address: 'Address for cameras',
    qr: (address: string) => `QR code of ${address}`,
    addCamera: 'Add a camera',
    localOnly:
      'This address works on this computer only. Open this page at the address that the others use, and it shows that one.',
    /** In the bar, where phones are paired on another computer. */
    pairElsewhere: 'Add a paired camera',
    pairElsewhereText:
      'Phones have to be paired first: on the computer that runs Livelens, scan the code of “Open on your phone”. This screen shows codes, too, once it is opened there, or here with SCREEN_TOKEN.',
    camera: (number: number) => `Camera ${format.number(number)}`,
    cameras: (count: number) =>
      format.plural(count, { one: '1 camera', other: `${format.number(count)} cameras` }),
    more: (count: number) =>
      format.plural(count, {
        one: '1 more camera has no room here',
        other: `${format.number(count)} more cameras have no room here`,
      }),
    waiting: 'No new picture',
    waitingText: 'The camera is off, or its page is in the background.',
    lost: 'Connection lost',
    lostText: 'It comes back automatically.',
    frozen: (seconds: number) => `Frozen for ${format.number(seconds)} s`,
    age: (ms: number) => format.duration(ms),
    ageName: 'Age of the picture',
    freeze: 'Freeze',
    unfreeze: 'Go on live',
    enlarge: 'Show large',
    back: 'Back to all cameras',
    rename: 'Rename',
    renameLabel: 'Name of the camera',
    save: 'Save',
    fullscreen: 'Full screen',
    keys: '← → ↑ ↓ choose · Enter large · F freeze · N rename · Esc back',
    sees: (names: readonly string[]) => names.join(', '),
    seesNothing: 'nothing recognised',
    describe: (name: string, seen: string) => `${name}: ${seen}`,
    arrived: (name: string) => `${name} is shown`,
    left: (name: string) => `${name} is not shown any more`,
    disconnected: 'Connection to the server lost. It comes back automatically.',
    refusedTitle: 'The server refused this screen',
    scopeTitle: 'This token is not for screens',
    scopeText:
      'It is valid, but does not have the scope “watch”. Use one that has it, or ask whoever gave it to you.',
    tokenTitle: 'This screen needs a token',
    tokenText:
      'Type or paste it here, or open the link that you were given; it ends in #token=…. The operator of the server sets it: SCREEN_TOKEN. Without one, this screen opens on the computer that runs Livelens.',
  },
});
