/** The page's address, with the built-in footage if that is wanted. */
export const pageUrl = (url: string, isDemo: boolean): string => `${url}/${isDemo ? '?demo' : ''}`;

/** What `npm start` says when the server is ready. */
export function startText({
  url,
  startMs,
  resources,
  fragment,
  token,
  isDemo = false,
}: {
  url: string;
  startMs: number;
  /** Number of workers, and its reason. */
  resources: string;
  /** Of a link that gives the right to change models; absent where a log would keep it. */
  fragment: string | undefined;
  /** What the server asks its clients for; absent where it asks for nothing or a log would keep it. */
  token: string | undefined;
  /** Whether the page is to open with the built-in footage. */
  isDemo?: boolean;
}): string {
  const page = pageUrl(url, isDemo);
  const ready = `\n  Livelens is ready (${startMs} ms), with ${resources}.`;
  if (fragment === undefined) {
    return `${ready}\n  Open ${isDemo ? page : url}\n  "npm run models -- link" prints a link that lets a browser change models.\n`;
  }
  return [
    ready,
    '',
    '  Open it here; this browser may also change models (works once, within an hour):',
    `  ${page}#${fragment}`,
    '',
    token === undefined ? '  Anyone else:' : '  Anyone else, with the token that this server asks for:',
    `  ${token === undefined ? (isDemo ? page : url) : `${page}#${new URLSearchParams({ token })}`}`,
    '',
  ].join('\n');
}
