/** Chromium's offer to install the page. It is in no standard, so TypeScript does not know it. */
export interface InstallPrompt extends Event {
  /** Asks the person; may be called once. */
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

export const isInstallPrompt = (event: Event): event is InstallPrompt => 'prompt' in event;

/** Whether the page runs as an app of this device, and not in a browser's tab. */
export function isInstalled(): boolean {
  return window.matchMedia('(display-mode: standalone)').matches || standalone() === true;
}

/** Whether a person can install the page by "Add to Home Screen" in the Share menu, as on iOS. */
export const isInstalledByHand = (): boolean => standalone() === false;

/** Only iOS has it. */
const standalone = (): unknown => Reflect.get(navigator, 'standalone');
