import { isStarted, showStartProblem } from '../browser/started.ts';
import { AWAITS_WORDS } from '../ui/words/declareLanguage.ts';
import { start as en } from '../ui/words/en/start.ts';
import { chooseLanguage, type Language, readLanguage } from '../ui/words/language.ts';
import { start as zhHans } from '../ui/words/zhHans/start.ts';

/*
 * The first script of the page, which the build writes into it. The files of the page are found relative to its address;
 * where that is not the address that the server's files have, none of the other scripts loads. This one notices, goes to the
 * right address where there is one, and else says what is wrong.
 *
 * The page is delivered in English. For a person of another language it stays hidden until it has that language's words, so
 * that it is never seen to change.
 */

/** The name of the page that this script is in: `index`, or that which ends its address. The build writes it in. */
declare const PAGE: string;

/** How long after its files are loaded the page has started, on a slow device too. */
const START_MS = 10_000;
/** A file that did not load is requested once more; how long the second try takes at most. */
const RETRY_MS = 2_000;

const { language } = chooseLanguage(navigator.languages, readLanguage());
const words = ({ en, 'zh-Hans': zhHans } satisfies Record<Language, typeof en>)[language];
if (document.documentElement.lang !== language) {
  document.documentElement.lang = language;
  document.documentElement.setAttribute(AWAITS_WORDS, '');
}

let failedUrl: string | undefined;
let isMoving = false;

addEventListener('error', onError, true);
addEventListener('load', () => setTimeout(check, failedUrl === undefined ? START_MS : RETRY_MS));

function onError(event: Event): void {
  const { target } = event;
  if (target instanceof HTMLScriptElement) failedUrl ??= target.src;
  else if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') failedUrl ??= target.href;
  // An error of a script itself: what came in its place may be a page of another server.
  else if (!(event instanceof ErrorEvent)) return;
  void addSlash();
}

/** Without a slash at its end, the address of the main page is below another path than the files are. */
async function addSlash(): Promise<void> {
  if (isMoving || isStarted() || isAtItsAddress()) return;
  isMoving = true;
  const { pathname, search, hash } = location;
  // Only where this very page is there as well.
  const manifest = await fetch(`${pathname}/manifest.webmanifest`).catch(() => undefined);
  const isOurs = manifest?.ok && (await manifest.text()).includes('Livelens');
  if (isOurs) location.replace(`${pathname}/${search}${hash}`);
  else isMoving = false;
}

/** What ends the address of this page, where its files are found. */
const OWN_END = PAGE === 'index' ? /\/(index\.html)?$/ : new RegExp(`/${PAGE}(\\.html)?$`);

const isAtItsAddress = () => OWN_END.test(location.pathname);

async function check(): Promise<void> {
  removeEventListener('error', onError, true);
  await addSlash();
  if (isMoving || isStarted()) return;
  const { origin, pathname } = location;
  const path = pathname.replace(OWN_END, '');
  const what = failedUrl === undefined ? words.scripts : words.file(failedUrl);
  if (!isAtItsAddress()) {
    showStartProblem(words.title, [what, words.slash(`${origin}${pathname}`), words.slashProxy(pathname)]);
  } else if (path === '') {
    showStartProblem(words.title, [what, words.reload]);
  } else {
    showStartProblem(words.title, [what, words.proxy(path), words.otherwise]);
  }
}
