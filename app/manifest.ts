import type { MetadataRoute } from 'next';
import { APP_ICONS, GROUND_COLOUR } from './pwa/appIcons.ts';

// A static export writes it once.
export const dynamic = 'force-static';

/** How the page looks as an installed app. */
export default function manifest(): MetadataRoute.Manifest {
  const { small, large, maskable } = APP_ICONS;
  return {
    id: '/',
    name: 'Livelens',
    short_name: 'Livelens',
    description: 'Point your camera at the world and read what it is, live.',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: GROUND_COLOUR,
    theme_color: GROUND_COLOUR,
    categories: ['photo', 'utilities'],
    icons: [
      ...[small, large].map(({ path, sizePx }) => icon(path, sizePx, 'any' as const)),
      icon(maskable.path, maskable.sizePx, 'maskable'),
    ],
  };
}

function icon(src: string, sizePx: number, purpose: 'any' | 'maskable') {
  return { src, sizes: `${sizePx}x${sizePx}`, type: 'image/png', purpose };
}
