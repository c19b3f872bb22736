/** What `npm start` says when the server is ready. */
export function startText({
  url,
  startMs,
  resources,
  fragment,
  token,
}: {
  url: string;
  startMs: number;
  /** The number of workers, and the reason for it. */
  resources: string;
  /** Of a link that gives the right to change models; absent where a log would keep it. */
  fragment: string | undefined;
  /** What the server asks its clients for; absent where it asks for nothing or a log would keep it. */
  token: string | undefined;
}): string {
  const ready = `\n  Livelens is ready (${startMs} ms), with ${resources}.`;
  if (fragment === undefined) {
    return `${ready}\n  Open ${url}\n  "npm run models -- link" prints a link that lets a browser change models.\n`;
  }
  return [
    ready,
    '',
    '  Open it here; this browser may also change models (works once, within an hour):',
    `  ${url}/#${fragment}`,
    '',
    token === undefined ? '  Anyone else:' : '  Anyone else, with the token that this server asks for:',
    `  ${url}${token === undefined ? '' : `/#${new URLSearchParams({ token })}`}`,
    '',
  ].join('\n');
}
