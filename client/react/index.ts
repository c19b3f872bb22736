/** For React: README.md of the client shows it in use. Only what is exported here is public. */
export type { LensStatus } from '../camera/cameraLens.ts';
export { LensOverlay, type LensOverlayProps } from './LensOverlay.tsx';
export { type Lens, type UseLensOptions, useLens } from './useLens.ts';
