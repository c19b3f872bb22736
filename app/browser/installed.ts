type PageWindow = Pick<Window, 'matchMedia'> & { readonly navigator: object };

/** Whether the page runs as an app of this device, and not in a browser's tab. */
export function isInstalled(page: PageWindow = window): boolean {
  return page.matchMedia('(display-mode: standalone)').matches || standalone(page) === true;
}

/** Whether a person can install the page by "Add to Home Screen" in the Share menu, as on iOS. */
export const isInstalledByHand = (page: PageWindow = window): boolean => standalone(page) === false;

/** Only iOS has it, and older ones have nothing else. */
const standalone = ({ navigator }: PageWindow): unknown => Reflect.get(navigator, 'standalone');
