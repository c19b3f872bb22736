import { defineLiveLens } from './liveLensElement.ts';

/** What `/live-lens.js` is: one script tag brings `<live-lens>`, and the server that the script comes from answers it. */
defineLiveLens(new URL('.', import.meta.url).href);
