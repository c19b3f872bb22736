import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import './globals.css';
import { APP_ICONS, GROUND_COLOUR } from './offline/appIcons.ts';
import { DELIVERED } from './ui/words/words.ts';

export const metadata: Metadata = {
  title: 'Livelens',
  description: DELIVERED.words.about.description,
  applicationName: 'Livelens',
  appleWebApp: { capable: true, title: 'Livelens', statusBarStyle: 'black-translucent' },
  // Relative, so that the page works below any path.
  manifest: './manifest.webmanifest',
  icons: {
    icon: { url: './icon.svg', type: 'image/svg+xml', sizes: 'any' },
    apple: { url: `./${APP_ICONS.apple.path}`, sizes: '180x180' },
  },
  // Digits on the page are rates and scores.
  formatDetection: { telephone: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: GROUND_COLOUR,
  colorScheme: 'dark',
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    // The first script of the page may have set the person’s language before React comes.
    <html lang={DELIVERED.language} dir="ltr" suppressHydrationWarning>
      <body>{children}</body>
    </html>
  );
}
