import type { Formats } from '../formats.ts';
import { isOwnName } from '../ownNames.ts';
import { plural } from './plural.ts';

const HOLD =
  'Labels with lower confidence are hidden. One that drops below stays for up to a second, with its last confidence.';

/** The page itself: its frame, the picture, the controls, and help. */
export const lensPage = (format: Formats) => ({
  common: {
    /** What stands between two sentences. */
    sentenceSpace: ' ',
    close: 'Close',
    dismiss: 'Dismiss',
    cancel: 'Cancel',
    details: 'Details',
    tryAgain: 'Try again',
    tryNow: 'Try now',
    keep: 'Keep',
    remove: 'Remove',
    removeAsk: 'Remove …',
    rollBack: 'Roll back',
  },
  about: {
    description: 'Point your camera at the world and read what it is, live.',
    start: 'Start camera',
    otherSources: 'Other sources',
    /** In the drawing that stands for what the page does. */
    plant: 'plant',
  },
  notFound: {
    title: 'Page not found',
    text: 'There is no page at this address.',
    open: 'Open Livelens',
    proxy:
      'Is this server behind a reverse proxy, under a path? If the proxy passes the path on, start the server with `BASE_PATH` set to it, such as `BASE_PATH=/lens`.',
  },
  stage: {
    video: 'Live picture',
    picture: 'The picture that you chose',
    present: 'Present',
    presentTitle: 'Present: the picture and its names only (P)',
    presenting: 'Presenting. Press Escape to leave.',
    leavePresentation: 'Leave presentation',
    leavePresentationTitle: 'Leave presentation (Escape)',
    drop: 'Drop a picture or a video',
    magnified: (times: number) => `Magnified ${format.number(times, 1)}×`,
    /** The middle of the part in view, 0..1 of the picture. */
    part: (across: number, down: number) =>
      `In view: around ${format.percent(across)} from the left and ${format.percent(down)} from the top`,
    edge: 'The picture ends here',
    showAll: 'Reset',
    showAllName: 'Reset: show the whole picture (Z)',
  },
  sources: {
    title: 'Source',
    camera: 'Camera',
    picture: 'Picture',
    video: 'Video',
    screen: 'Screen',
    demo: 'Demo',
    cameraNumber: (number: number) => `Camera ${format.number(number)}`,
  },
  controls: {
    confidence: 'Confidence',
    confidenceHold: HOLD,
    confidenceValue: (share: number) => `${format.number(share * 100)} percent`,
    play: 'Play',
    pause: 'Pause',
    flip: 'Flip',
    flipName: 'Flip camera',
    mirror: 'Mirror',
    start: 'Start',
    stop: 'Stop',
    backToCamera: 'Back to camera',
  },
  /** What is seen: of the labels themselves, and in numbers. */
  seen: {
    /** A label as it is shown; the wire, the API and settings keep the model's own. */
    label: (label: string): string => label,
    /** `2 cups`; `cup` where it is one. */
    count: (label: string, count: number) =>
      count === 1 ? label : `${format.number(count)} ${isOwnName(label) ? label : plural(label)}`,
    separator: ', ',
    nothingInView: 'Nothing in view',
    nothingFound: 'Nothing found',
    found: (count: number) => `${format.number(count)} found`,
    lessCertain: (count: number) => `${format.number(count)} less certain`,
    more: (count: number) => `+${format.number(count)} more`,
    /** Of a thing whose skeleton is drawn, for who cannot see it. */
    points: (found: number, all: number) => `${format.number(found)} of ${format.number(all)} key points`,
  },
  units: { ms: 'ms' },
  /** `12 labels/s, 84 ms`, in parts: of which the first may be left to screen readers. */
  readout: {
    labels: (perSecond: number): string =>
      format.plural(Math.round(perSecond), { one: 'label', other: 'labels' }),
    perSecond: '/s, ',
    still: 'Still',
    labelsHold: ', labels unchanged',
  },
  stream: {
    title: 'Age of the labels',
    fromCameraToLabel: ' from camera to label',
    groups: {
      page: 'This page',
      network: 'Network',
      server: 'Server',
      ends: 'Camera and screen',
      model: 'Model',
    },
    serverParts: {
      capture: { name: 'capture', meaning: 'from the camera to this page' },
      encode: { name: 'encode', meaning: 'compressing the picture' },
      uplink: { name: 'uplink', meaning: 'on the way to the server' },
      queue: { name: 'queue', meaning: 'waiting at the server' },
      decode: { name: 'decode', meaning: 'decoding the picture' },
      infer: { name: 'infer', meaning: 'running the model' },
      downlink: { name: 'downlink', meaning: 'on the way back' },
      draw: { name: 'draw', meaning: 'until it is on screen' },
    },
    deviceParts: {
      capture: { name: 'capture', meaning: 'from the camera to this page' },
      queue: { name: 'queue', meaning: 'waiting for the model' },
      decode: { name: 'resize', meaning: 'resizing the picture' },
      infer: { name: 'infer', meaning: 'running the model' },
      draw: { name: 'draw', meaning: 'until it is on screen' },
    },
    milliseconds: 'Milliseconds',
    all: 'all',
    sent: 'Sent',
    perLabel: 'Per label',
    roundTrip: 'Round trip',
    inFlight: 'In flight',
    frames: (count: number | undefined): string => (count === 1 ? 'frame' : 'frames'),
    picture: 'Picture',
    quality: 'Quality',
    qualityReasons: {
      best: 'best, there is room on the link',
      link: 'as the link allows',
      server: 'small, as the server is busy',
      device: 'with fewer colours, as this device is slow',
      data: 'small, to save data',
      cellular: 'small, on mobile data',
      battery: 'small, as the battery is low',
    },
    shownUpTo: 'Shown up to',
    msOld: 'ms old',
  },
  help: {
    title: 'Help',
    pagesTitle: 'Other pages',
    keysTitle: 'Keys',
    space: 'Space',
    topics: {
      look: {
        title: 'Name what the camera sees',
        text: 'Start the camera and point it at things. Each gets a name and the model’s confidence.',
      },
      act: {
        title: 'Do something with a thing',
        text: 'Tap a thing to lock on to it. Then search for it, hear its name, copy or save it. Nothing leaves this device before you choose so.',
      },
      freeze: {
        title: 'Hold a moment',
        text: 'Freeze keeps the picture with all its pixels. Tap its things, pinch to zoom, share or save it with its names.',
      },
      source: {
        title: 'Use another source',
        text: 'Source opens a picture or a video, or shares your screen. On a computer you can also drop a file anywhere, or paste a picture.',
      },
      confidence: {
        title: 'Too many names, or too few?',
        text: `Move Confidence. ${HOLD}`,
      },
      models: {
        title: 'Recognise other things',
        text: 'Models lists what this server can recognise, and adds a model of your own. With several, choose one below the picture.',
      },
      backend: {
        title: 'Decide where pictures are analysed',
        text: 'Press Server or This device at the top. With “This device”, no picture leaves it, and it works without a network.',
      },
    },
    keys: {
      startStop: 'Start or stop',
      pause: 'Pause a video',
      lower: 'Show less certain labels too',
      higher: 'Show certain labels only',
      camera: 'Back to the camera',
      picture: 'Open a picture',
      video: 'Open a video',
      screen: 'Share a screen or window',
      demo: 'Play the built-in demo',
      flip: 'Flip the camera',
      mirror: 'Mirror the picture',
      present: 'Present: the picture and its names only',
      freeze: 'Freeze the picture, or go back to live',
      zoom: 'Magnify the picture',
      arrow: 'Move the magnified picture',
      letGo: 'Let go of a thing, or go back to live',
      mode: 'Choose a mode or model',
      nextModel: 'Use the next model',
      backend: 'Where labels come from',
      models: 'List the models, or add one',
      detail: 'Show the latency in detail',
      history: 'Show the history of this device',
      help: 'Show this help',
    },
  },
  language: {
    title: 'Language',
  },
  app: {
    install: 'Install as an app',
    /** Around the sign of the Share menu. */
    installByHand: 'To install it as an app:',
    installByHandSteps: 'Share, then Add to Home Screen.',
    updateWaiting: 'A new version of Livelens is ready',
    updateElsewhere: 'Livelens was updated in another tab',
    updateReloading: 'Opening the new version …',
    later: 'Later',
    reload: 'Reload',
  },
});
