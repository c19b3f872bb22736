import type { Formats } from '../formats.ts';

/** What a person can set on the camera itself. */
export const cameraControls = (format: Formats) => ({
  cameraControls: {
    title: 'Lens settings',
    torch: 'Light',
    torchOn: 'Light on',
    zoom: 'Zoom',
    zoomValue: (times: number) => `${format.number(times, 1)}×`,
    resolution: 'Picture size',
    resolutionName: (height: number) => `${height}p`,
    resolutionText:
      'More pixels help small things far away, and cost battery. The model sees its own size in any case.',
    vibrates: 'Vibrate when something is recognised',
    pinch: 'Pinch the picture to zoom.',
    tap: 'Tap the picture to focus there.',
    nothing: 'This camera has nothing to set here.',
    /** What the camera refused, by what was asked of it. */
    refused: {
      torch: 'The light could not be switched',
      zoom: 'The camera could not zoom',
      point: 'The camera could not focus there',
      resolution: 'The camera has no picture of this size',
    },
  },
});
