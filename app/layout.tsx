import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import './globals.css';

export const metadata: Metadata = {
  title: 'Livelens',
  description: 'Point your camera at the world and read what it is, live.',
  applicationName: 'Livelens',
  appleWebApp: { capable: true, title: 'Livelens', statusBarStyle: 'black-translucent' },
  // Digits on the page are rates and scores.
  formatDetection: { telephone: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: '#0a0b0d',
  colorScheme: 'dark',
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
