import { APP_ICONS, GROUND_COLOUR } from '../offline/appIcons.ts';
import { createFormats } from '../ui/words/formats.ts';
import type { Language } from '../ui/words/language.ts';
import { DELIVERED } from '../ui/words/words.ts';
import { zhHans } from '../ui/words/zhHans.ts';

const CHINESE = 'zh-Hans' satisfies Language;

// A static export writes it once.
export const dynamic = 'force-static';

/**
 * The page as an installed app. All addresses are relative, to this file's own. There is no `id`: it would be
 * resolved from the root of the origin, and two installations below paths of one origin would be one app. Without it, the
 * app is known by `start_url`.
 */
export function GET(): Response {
  const { small, large, maskable } = APP_ICONS;
  return Response.json({
    name: 'Livelens',
    short_name: 'Livelens',
    description: DELIVERED.words.about.description,
    // Of the members that an app may have in several languages; browsers that do not know it take the one above.
    description_localized: { [CHINESE]: zhHans(createFormats(CHINESE)).about.description },
    lang: DELIVERED.language,
    dir: 'ltr',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: GROUND_COLOUR,
    theme_color: GROUND_COLOUR,
    categories: ['photo', 'utilities'],
    icons: [
      ...[small, large].map(({ path, sizePx }) => icon(path, sizePx, 'any')),
      icon(maskable.path, maskable.sizePx, 'maskable'),
    ],
  });
}

function icon(src: string, sizePx: number, purpose: 'any' | 'maskable') {
  return { src, sizes: `${sizePx}x${sizePx}`, type: 'image/png', purpose };
}
