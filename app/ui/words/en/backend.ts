import type { Formats } from '../formats.ts';

/** Where labels come from: the badge, its panel, and the models of this device. */
export const backend = (format: Formats) => {
  const count = (number: number, one: string, other: string) =>
    `${format.number(number)} ${format.plural(number, { one, other })}`;
  return {
    backendPanel: {
      title: 'Where labels come from',
      now: 'Now',
      labelsFrom: 'Labels come from: ',
      nothing: 'Nothing is being analysed',
      nothingText: 'Start the camera, or open a picture or a video.',
      noLabels: 'No labels are coming right now.',
      switched: (times: number) =>
        times === 1
          ? 'Switched automatically once.'
          : `Switched automatically ${format.number(times)} times.`,
      choose: 'Where frames are analysed',
    },
    backendNames: { server: 'Server', device: 'This device' },
    backendModes: {
      auto: { name: 'Auto', means: 'Uses whichever answers better.' },
      server: { name: 'Server', means: 'Analysed on the server. Needs the network.' },
      device: { name: 'This device', means: 'No frame leaves this device.' },
    },
    /** Why labels come from the server: a few words for the badge, and a sentence. */
    whyServer: {
      chosen: { why: 'as you chose', detail: 'You chose the server. This device is not used.' },
      healthy: { why: 'answers well', detail: 'The server answers in time.' },
      starting: { why: 'tried first', detail: 'The server is tried first.' },
      deviceWaits: {
        why: 'device has no model yet',
        detail: 'The server isn’t keeping up, and the model is not on this device yet.',
      },
      devicePrepares: {
        why: 'device getting ready',
        detail: 'The server isn’t keeping up. This device takes over as soon as it is ready.',
      },
      deviceCannot: {
        why: 'device can’t help',
        detail: 'The server isn’t keeping up, and this device can’t take over:',
      },
      noHelp: 'This device can’t take over:',
      noHelpYet: 'This device can’t take over yet: the model is not on it.',
    },
    whyDevice: {
      chosen: { why: 'as you chose', detail: 'You chose this device. No picture leaves it.' },
      healthy: { why: 'server is back', detail: 'The server answers in time again.' },
      starting: {
        why: 'trying the server',
        detail: 'This device runs the model until the server has kept up for a while.',
      },
      prepares: { why: 'getting ready', detail: 'This device is getting ready.' },
      waits: { why: 'has no model yet', detail: 'The model is not on this device yet.' },
      cannot: { why: 'can’t run the model', detail: 'This device can’t run the model:' },
      codes: {
        why: 'reads codes',
        detail: 'Codes are read on this device, without a model. No picture leaves it.',
      },
    },
    serverProblem: {
      unreachable: { why: 'server unreachable', detail: 'The server can’t be reached.' },
      lost: { why: 'connection lost', detail: 'The connection to the server was lost.' },
      busy: { why: 'server full', detail: 'The server has no room for another camera.' },
      refused: { why: 'server refused', detail: 'The server refused:' },
      silent: {
        why: 'no answer in time',
        detail: (waitedMs: number) => `The server did not answer for ${format.duration(waitedMs)}.`,
      },
      slow: {
        why: (roundTripMs: number) => `round trip ${format.duration(roundTripMs)}`,
        detail: (roundTripMs: number, budgetMs: number) =>
          `Some answers from the server take ${format.duration(roundTripMs)} or longer; the limit is ${format.duration(budgetMs)}.`,
      },
    },
    /** Why nothing is downloaded automatically now. */
    unmet: {
      'save-data': 'Data saver is on.',
      unmetered: 'Waits for an unmetered network.',
      'unmetered-unknown': 'Waits for an unmetered network, which this browser can’t detect.',
      charging: 'Waits until the device is charging.',
      'charging-unknown': 'Waits until the device is charging, which this browser can’t detect.',
      idle: 'Waits until the page is not in use.',
    },
    comparison: {
      title: 'Server and device compared',
      inUse: 'in use',
      better: '(better)',
      notMeasured: 'not measured yet',
      notMeasuredText: 'This device has not been measured yet.',
      downloadFirst: 'The model is downloaded first.',
      measure: 'Measure this device',
      battery: 'Battery here',
      batteryUnknown: 'not available in this browser',
      batteryValue: (share: number, charging: boolean) =>
        `${format.percent(share)}, ${charging ? 'charging' : 'not charging'}`,
      needsNetwork: 'Needs the network',
      yes: 'Yes',
      no: 'No',
      onlyModels: 'only to fetch models',
      privacy: 'Frames that leave this device',
      all: 'All',
      notStored: 'sent to this server, which stores none',
      twoASecond: 'Up to two per second',
      toTest: 'to test the server; none with “This device”',
      none: 'None',
      latency: 'Latency',
      p95: (ms: number) => `p95 ${format.ms(ms)}`,
      rate: 'Labels per second',
      inference: 'Inference time',
      timesAsFast: (times: number) => `${format.number(times, times < 9.95 ? 1 : 0)} times as fast`,
      threads: (runtime: string, threads: number) =>
        `${runtime}, ${threads === 1 ? 'one thread' : `${format.number(threads)} threads`}`,
      bandwidth: 'Bandwidth used',
      perSecond: (bytesPerS: number) => `${format.bytes(Math.round(bytesPerS))}/s`,
      perHour: (bytesPerS: number) => `${format.bytes(Math.round(bytesPerS) * 3_600)} per hour`,
    },
    /** What has become of a model on this device, in two or three words. */
    phases: {
      absent: 'Not downloaded',
      waiting: 'Waiting',
      stored: 'Stored on this device',
      starting: 'Starting',
      ready: 'Ready',
      unproven: 'Not used',
      failed: 'Failed',
    },
    deviceModels: {
      title: 'Models on this device',
      none: 'None yet. Models of the server can be stored here.',
      inUse: 'In use',
      downloading: (share: number) => `Downloading ${format.percent(Math.floor(share * 100) / 100)}`,
      share: (share: number) => format.percent(Math.floor(share * 100) / 100),
      received: (bytes: number, totalBytes: number) =>
        `${format.bytes(bytes)} of ${format.bytes(totalBytes)}`,
      starting: 'Loading it and checking its answers.',
      unproven: 'Its answers in this browser differ from those recorded.',
      rolledBack: 'You rolled back from this version.',
      progress: (name: string, phase: string) => `${name}: ${phase}`,
      updateOf: (name: string) => `Update of ${name}`,
      updateNow: 'Update now',
      updateAgain: 'Try the update again',
      download: 'Download',
      downloadNow: 'Download now',
      removeQuestion: 'Remove it from this device? It can be downloaded again from a server that has it.',
      version: (version: string) => `Version \`${version}\``,
      versionBefore: (version: string, previous: string) =>
        `Version \`${version}\`, before that \`${previous}\``,
    },
    updates: {
      absent: 'Update waiting:',
      waiting: 'Update waiting:',
      downloading: 'Update downloading:',
      stored: 'Update being checked:',
      starting: 'Update being checked:',
      ready: 'Update being checked:',
      unproven: 'Update refused:',
      failed: 'Update failed:',
    },
    downloads: {
      title: 'Downloads and storage',
      automatically: 'Download automatically …',
      storage: 'Storage',
      unmetered: 'only on an unmetered network',
      charging: 'only while charging',
      idle: 'only while idle',
      explain:
        'What you ask for is downloaded at once. A condition that this browser can’t check counts as not met.',
      clear: 'Clear all',
      clearAsk: 'Clear all …',
      clearQuestion: 'Remove all models from this device? It can’t run any until they are downloaded again.',
      notKept:
        'This browser stores nothing for this page: models are gone when it is closed. Browsers store them for pages from `https://` or `localhost`, and outside private windows.',
      unknown: 'Not available in this browser.',
      used: (bytes: number) => `${format.bytes(bytes)} used.`,
      usedOf: (bytes: number, available: number) =>
        `${format.bytes(bytes)} used, ${format.bytes(available)} more available.`,
    },
    certificate: {
      noReference: 'No reference images to check against',
      sameAsServer: (pictures: number) =>
        `Same answers on this device as on the server, in ${count(pictures, 'picture', 'pictures')}`,
      sameAsRecorded: (pictures: number) =>
        `Same answers on this device as recorded, in ${count(pictures, 'picture', 'pictures')}`,
      checking: (done: number, pictures: number) =>
        `Still being checked: same answers on this device in ${format.number(done)} of ${count(pictures, 'picture', 'pictures')} so far`,
      checkingText:
        'The other reference images run between frames. If one differs, this device’s labels are taken away.',
      otherAnswers: (wrong: number, pictures: number) =>
        `Different answers on this device in ${format.number(wrong)} of ${count(pictures, 'picture', 'pictures')}`,
      otherScores: 'Scores on this device differ by more than allowed',
      compared: 'The model’s reference images were run in this browser and their answers compared.',
      notRun: (name: string) =>
        `So this device does not run ${name}: its labels could be wrong. Another browser, or a newer version of this one, may work.`,
      device: 'This device',
      race: 'Compared speed',
      raceTime: (racer: string, ms: number) => `${racer}: ${format.ms(ms)}`,
      raceSeparator: '; ',
      server: 'Server',
      recordedBy: 'Recorded by',
      whenImported: 'When imported',
      limit: 'Limit',
      limitText: (difference: number) => `a score may differ by ${difference}`,
      checked: 'Checked',
      checkedText: (date: string, version: string) => `${date}, version ${version}`,
      agreement: (same: number, pictures: number) =>
        `${format.number(same)} of ${count(pictures, 'picture', 'pictures')}`,
      agreementWithin: (same: number, pictures: number, difference: string) =>
        `${format.number(same)} of ${count(pictures, 'picture', 'pictures')}, largest difference ${difference}`,
    },
  };
};
