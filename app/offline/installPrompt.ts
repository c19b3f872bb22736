/** Chromium's offer to install the page. It is in no standard, so TypeScript does not know it. */
export interface InstallPrompt extends Event {
  /** Asks the person; may be called once. */
  prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

export const isInstallPrompt = (event: Event): event is InstallPrompt => 'prompt' in event;
