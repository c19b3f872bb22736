import type { Formats } from '../formats.ts';

/** The page that measures delays. */
export const measure = (format: Formats) => ({
  measure: {
    /** From another page. */
    open: 'Measure the delay of labels',
    title: 'Glass to label',
    flashTitle: 'Flashes',
    lead: 'How long does it take from something happening in front of the camera to its label on the screen? One screen flashes pictures, the camera looks at it, and this page reads the time off the pixels.',
    twoDevices: 'A camera in front of a screen',
    twoFlash: 'Start the flashes here, on the larger screen.',
    twoOpen: 'On the device with the camera, open',
    twoPoint: 'Point the camera at the flashes and hold it still for about two and a half minutes.',
    flashHere: 'Flash here',
    watchHere: 'Watch here',
    oneDevice: 'This computer alone',
    oneText:
      'Opens a second window with the flashes, which this page then records as a shared window. It measures everything but the camera.',
    openFlashes: 'Open the flashes',
    method:
      'Each of 200 flashes is measured from its drawing to the drawing of its label. What a display adds, up to one refresh, is the same on both ends. Each flash shows the time at which it was drawn, on the clock of the server, which both devices read.',
    flashWarning:
      'The picture changes less than two times a second. If flashing pictures harm you, do not look at it.',
    card: 'A coded picture, which changes',
    noClock:
      'The server’s clock cannot be read. Check that the server runs; this page tries again automatically.',
    readingClock: 'Reading the server’s clock …',
    flashes: (count: string, error: string) => `${count} flashes · clock ± ${error}`,
    fullScreen: 'Full screen',
    stop: 'Stop',
    back: 'Back',
    beginTitle: 'What looks at the flashes?',
    beginText: 'Point the camera at the flashing screen so that the white frame is fully in view.',
    useCamera: 'Use the camera',
    shareFlashes: 'Share the window with the flashes',
    progress: 'Flashes measured',
    connecting: 'Connecting to the server …',
    aim: 'Point the camera at the flashes: the whole white frame must be in view.',
    measuring: 'Measuring. Hold still.',
    counted: (count: number, all: number) => `${format.number(count)} of ${format.number(all)} flashes`,
    soFar: (ms: number) => `typically ${format.ms(ms)}`,
    resultTitle: 'From glass to label',
    resultFromCamera: 'From camera to label',
    quantiles: { p50: 'half within (p50)', p95: '95 of 100 within (p95)', p99: '99 of 100 within (p99)' },
    resultText: ({ samples, missed, held }: { samples: number; missed: number; held: number }) => {
      const heldText = `; ${format.number(held)} left out, as their label was still shown from before`;
      return `${format.number(samples)} flashes measured, ${format.number(missed)} without a label${held > 0 ? heldText : ''}.`;
    },
    clockError: (ms: number) => `The clocks of both devices agree within ${format.ms(ms)}.`,
    fromRecording: 'The flashes are a recording, so the time begins when the camera saw them.',
    spread: (from: number, to: number) => `From ${format.ms(from)} to ${format.ms(to)}`,
    partsTitle: 'Where the time goes',
    parts: {
      camera: 'screen and camera',
      wait: 'waiting for the next frame',
      confirm: 'seen again, to be sure',
    },
    firstLabel: (ms: number) =>
      `From the opening of this page to its first label: ${format.duration(ms)}, your presses included.`,
    setting: (model: string, samples: number, onDevice: number) => {
      if (onDevice === 0) return `Model ${model}, on the server.`;
      if (onDevice === samples) return `Model ${model}, on this device.`;
      return `Model ${model}, ${format.plural(onDevice, { one: 'once', other: `${format.number(onDevice)} times` })} on this device, else on the server.`;
    },
    save: 'Save as JSON',
    copy: 'Copy',
    copied: 'Copied',
    again: 'Measure again',
  },
});
