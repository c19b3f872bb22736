import type { Formats } from '../formats.ts';

/** Phones and other machines: the QR code, the browser's warning, pairing, and the certificate authority. */
export const lan = (format: Formats) => ({
  lan: {
    open: 'Open on your phone',
    qr: (address: string) => `QR code for ${address}`,
    scan: 'Scan this with the camera of your phone. Both must be on the same network.',
    otherAddresses: 'Other addresses of this computer',
    paired: (count: number) =>
      count === 1 ? 'A phone was paired.' : `${format.number(count)} phones were paired.`,
    next: 'This code is for the next one.',
    noLink: 'There is no code right now.',
    neededTitle: 'This phone is not paired yet',
    neededText:
      'On the computer that runs Livelens, choose “Open on your phone” and scan the code with this phone.',
    failedTitle: 'This code can’t be used any more',
    failedText: 'Each code is for one phone, for an hour. Scan the new one on the computer.',
    warning: {
      title: 'Your browser will warn you the first time',
      text: 'The certificate comes from this computer, so your phone does not know it yet. The connection is encrypted all the same. This is how you go on:',
      trust: 'No warning at all: install the certificate authority',
      systems: {
        ios: {
          name: 'iPhone and iPad, in Safari',
          steps: [
            { tap: 'Show Details', text: 'Tap Show Details.' },
            { tap: 'visit this website', text: 'Scroll down and tap visit this website.' },
            { tap: 'Visit Website', text: 'Confirm with Visit Website, then allow the camera.' },
          ],
        },
        android: {
          name: 'Android, in Chrome',
          steps: [
            { tap: 'Advanced', text: 'Tap Advanced.' },
            { tap: 'Proceed to … (unsafe)', text: 'Scroll down and tap Proceed to … (unsafe).' },
            { tap: 'Allow', text: 'When the page asks, allow the camera.' },
          ],
        },
      },
    },
    phone: {
      title: 'One step to the camera',
      text: 'Browsers give the camera only to secure pages. The next page is secure, and your browser will warn you of it.',
      goOn: 'Go on to the secure page',
      otherSystem: 'I have another phone',
    },
    trust: {
      title: 'Trust this computer, and see no warning',
      text: 'Install the certificate authority of this Livelens on a device that you use often. Others don’t need it: the warning can be passed.',
      crt: 'Download the certificate',
      profile: 'Profile for iPhone and iPad',
      none: 'This server has a certificate of its own. There is nothing to install.',
      fingerprintTitle: 'Fingerprint (SHA-256)',
      fingerprintText:
        'Compare it with what this page shows on the computer that runs Livelens, opened there as localhost. If they differ, don’t install it.',
      systems: {
        ios: {
          name: 'iPhone and iPad',
          steps: [
            'In Safari, download the profile and allow it.',
            'Open Settings, tap Profile Downloaded, then Install.',
            'Open Settings, General, About, Certificate Trust Settings, and switch Livelens on.',
          ],
        },
        android: {
          name: 'Android',
          steps: [
            'Download the certificate.',
            'Open Settings and search for “CA certificate”. It is in Security, Encryption & credentials, Install a certificate.',
            'Choose Install anyway, and the file livelens.crt.',
          ],
        },
        windows: {
          name: 'Windows, in Chrome and Edge',
          steps: [
            'Open livelens.crt and choose Install Certificate, Current User.',
            'Choose “Place all certificates in the following store”, then Trusted Root Certification Authorities.',
          ],
        },
        macos: {
          name: 'Mac, in Safari and Chrome',
          steps: [
            'Open livelens.crt: it goes into Keychain Access.',
            'Double-click Livelens there, open Trust, and choose Always Trust.',
          ],
        },
        firefox: {
          name: 'Firefox, and Chrome on Linux',
          steps: [
            'Firefox: Settings, Privacy & Security, View Certificates, Authorities, Import. Tick “identify websites”.',
            'Chrome on Linux: chrome://certificate-manager, Local certificates, Custom, Trusted Certificates, Import.',
          ],
        },
      },
      limitsTitle: 'What it can do',
      limits:
        'Its key stays on the computer that runs Livelens. It is limited to addresses of private networks, to names ending in .local, and to that computer: no one can use it to imitate a site of the internet. Remove it in the same settings when you no longer need it.',
    },
  },
});
