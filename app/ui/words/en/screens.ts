import type { Formats } from '../formats.ts';

/** Codes of what goes wrong in the page itself; those of the server are in protocol/errors.ts. */
export type PageErrorCode =
  | 'unreachable'
  | 'quota'
  | 'hash'
  | 'memory'
  | 'unsupported'
  | 'no_model'
  | 'gone'
  | 'no_model_file'
  | 'failed'
  | 'aborted';

/** Screens without a picture, messages over it, and notices. */
export const screens = (format: Formats) => ({
  camera: {
    askTitle: 'Allow the camera',
    askText: 'Your browser asks whether this page may use the camera. Choose Allow.',
    deniedTitle: 'The camera is blocked',
    deniedBySystem:
      'The system does not let this browser use the camera. Open the privacy settings of your device, allow the camera for this browser, and try again.',
    busyTitle: 'The camera is in use',
    busyText: 'Another app or tab is using it: a video call, perhaps. Close that, then try again.',
    noneTitle: 'No camera found',
    noneText: 'Connect one and it starts automatically. Or open something else:',
    unpluggedTitle: 'The camera was disconnected',
    unpluggedText:
      'It was disconnected, or another app took it. Connect it again and it starts automatically.',
    withheldTitle: 'No camera in this browser',
    withheldText:
      'This browser gives pages no camera; those inside other apps often do not. Open the page in Safari, Chrome or Firefox. Or open something else:',
    insecureTitle: 'The camera needs a secure address',
    insecureText: (host: string) =>
      `Browsers give the camera only to pages from \`https://\` or \`localhost\`. This one came from \`http://${host}\`.`,
    insecureHere: (address: string) => `On the computer that runs the server, open \`http://${address}\`.`,
    insecureElsewhere: 'From a phone or another computer, open the server’s https address.',
    insecureFiles: 'Pictures and videos work here as well:',
    pausedTitle: 'The camera is paused',
    pausedText: 'Another app or a call is using it. It comes back automatically.',
  },
  /** How a person allows the camera again, by browser. */
  allowCamera: {
    iosApp:
      'Open the Settings app, find this browser in the list of apps, and switch Camera on. Then try again.',
    iosSafari:
      'Tap the page menu next to the address, then Website Settings, and set Camera to Allow. Then try again.',
    firefoxAndroid: 'Tap the lock next to the address and allow the camera. Then try again.',
    firefox: 'Click the crossed-out camera next to the address and remove the block. Then try again.',
    android: 'Tap the symbol next to the address, then Permissions, and allow the camera.',
    safari: 'In the Safari menu choose Settings for This Website and set Camera to Allow. Then try again.',
    other: 'Click the symbol next to the address and switch Camera on.',
  },
  /** How a person lets the page read pixels, by browser. */
  allowPixels: {
    firefox: 'Press the button and choose Allow, there or at the canvas icon in the address bar.',
    firefoxAndroid: 'Switch off its protection against fingerprinting, or open the page in another browser.',
    safari:
      'Choose Reduce Privacy Protections in the page menu next to the address, or use a window that is not private.',
    other:
      'Switch it off for this site (in Brave: the lion next to the address), or the extension that does it.',
  },
  unsupported: {
    title: 'This browser is too old',
    text: 'Livelens runs in Chrome and Edge from 100, Safari from 15.4 and Firefox from 105.',
    missing: (features: readonly string[]) => `Missing here: ${features.join(', ')}.`,
  },
  stopped: {
    camera: 'The camera is off',
    video: 'The video has stopped',
    screen: 'Sharing has ended',
    demo: 'The demo has stopped',
    goOn: 'Press Start to continue.',
  },
  /** Where pictures go, by the backend that a person chose. */
  pictures: {
    auto: 'Pictures stay on this device or go to this server only, and none is stored.',
    server: 'Pictures go to this server only, and none is stored.',
    device: 'Pictures stay on this device, and none is stored.',
  },
  nothingGoesOn: {
    auto: 'No pictures are sent to the server.',
    server: 'No pictures are sent to the server.',
    device: 'Nothing is being analysed.',
  },
  /** Who analyses a picture, by the backend that a person chose. */
  analysing: {
    title: 'Analysing …',
    auto: 'The picture is being analysed.',
    server: 'The server analyses the picture.',
    device: 'This device analyses the picture.',
  },
  connection: {
    connectingTitle: 'Connecting',
    connectingText: 'Labels appear as soon as the server answers.',
    lostTitle: 'Connection lost',
    lostText: 'Labels come back automatically.',
    unreachableTitle: 'The server can’t be reached',
    unreachableText: 'Check that it is running and that you are online.',
    busyTitle: 'The server is busy',
    busyText: 'It has no room for another camera right now.',
    refusedTitle: 'The server refused the connection',
    trying: 'Trying again …',
    nextTry: (seconds: number) => `Next try in ${format.number(seconds)} s.`,
    deviceTitle: 'Getting this device ready',
    deviceText: 'Labels appear as soon as the model runs here.',
    deviceFailedTitle: 'This device can’t run the model',
    noLabelsTitle: 'The picture got no labels',
    unreadTitle: 'Not all text was read',
    unreadText: (lines: number) =>
      lines === 1
        ? 'There was no time for 1 more line.'
        : `There was no time for ${format.number(lines)} more lines.`,
  },
  token: {
    label: 'Token',
    use: 'Use token',
    checking: 'Checking …',
    neededTitle: 'This server asks for a token',
    neededText: 'Type or paste it here, or open the link that you were given; it ends in #token=…',
    expiredTitle: 'Your token has expired',
    expiredText: 'Enter a new one, or ask whoever gave it to you.',
    scopeTitle: 'This token is not for live labels',
    scopeText: 'Use one with the scope “view”.',
    wrongTitle: 'This token is not valid',
    wrongText: 'Check it, or ask whoever runs the server for the link with the token.',
  },
  pixels: {
    title: 'Your browser hides the picture',
    text: 'Its privacy protection gives this page noise instead of pixels, so there is nothing to label.',
    files: 'Picture files work without it.',
    filesOnServer: 'On the server, picture files work without it.',
    ask: 'Ask for permission',
    checkAgain: 'Check again',
  },
  notices: {
    cameraFailed: 'The camera did not start',
    nothingShared: 'Nothing was shared',
    screenDenied: 'The system does not let this browser record the screen. Allow it in the system settings.',
    screenFailed: 'The browser could not share a screen or window.',
    videoStopped: 'The video stopped',
    videoUnreadable: 'The rest of the file could not be read.',
    noPicture: 'Not a picture or a video',
    noPictureText: (name: string) => `“${name}” is neither. Try a JPEG, PNG or MP4.`,
    videoUnplayable: 'This video can’t be played',
    videoUnplayableText: 'The browser does not know its format. MP4 (H.264) and WebM play nearly everywhere.',
    pictureUnreadable: 'This picture can’t be opened',
    pictureUnreadableText:
      'The file is damaged or the browser does not know its format. JPEG and PNG always work.',
    switched: 'Switched to another model',
    mayChange: 'This browser may change models',
    mayChangeText: 'Add and change models in the Models panel.',
    linkFailed: 'The link does not allow changing models',
  },
  /** What a code of an error comes to. Messages come in English: here they say it themselves. */
  errors: {
    meaning: (_code: string): string | undefined => undefined,
  },
});
