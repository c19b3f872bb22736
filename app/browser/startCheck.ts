import { isStarted, showStartProblem } from './started.ts';

/*
 * The first script of the page, which the build writes into it. The files of the page are found relative to its address;
 * where that is not the address that the server's files have, none of the other scripts loads. This one notices, goes to the
 * right address where there is one, and else says what is wrong.
 */

/** The page starts within so long after its files are loaded, on a slow device too. */
const START_MS = 10_000;
/** A file that did not load is asked for once more; the second try ends within so long. */
const RETRY_MS = 2_000;

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

/** Without a slash at its end, the address is below another path than the files are. */
async function addSlash(): Promise<void> {
  if (isMoving || isStarted() || hasSlash()) return;
  isMoving = true;
  const { pathname, search, hash } = location;
  // Only where this very page is there as well.
  const manifest = await fetch(`${pathname}/manifest.webmanifest`).catch(() => undefined);
  const isOurs = manifest?.ok && (await manifest.text()).includes('Livelens');
  if (isOurs) location.replace(`${pathname}/${search}${hash}`);
  else isMoving = false;
}

const hasSlash = () => /\/(index\.html)?$/.test(location.pathname);

async function check(): Promise<void> {
  removeEventListener('error', onError, true);
  await addSlash();
  if (isMoving || isStarted()) return;
  const { origin, pathname } = location;
  const path = pathname.replace(/\/(index\.html)?$/, '');
  const what =
    failedUrl === undefined ? 'Its scripts did not start.' : `This file did not load: ${failedUrl}`;
  if (!hasSlash()) {
    showStartProblem([
      what,
      `The address of this page needs a slash at its end: ${origin}${pathname}/`,
      `If that leads elsewhere, the reverse proxy must pass on everything below ${pathname}/, and redirect ${pathname} there.`,
    ]);
  } else if (path === '') {
    showStartProblem([what, 'Reload the page. If that does not help, check that the server is running.']);
  } else {
    showStartProblem([
      what,
      `If a reverse proxy serves this page, it must pass on everything below ${path}/, and either remove ${path} from the ` +
        `path or leave it there. If it leaves it there, start the server with BASE_PATH=${path}`,
      'Otherwise reload the page.',
    ]);
  }
}
