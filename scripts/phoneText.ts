import encodeQR from 'qr';
import type { PhoneLink } from '../protocol/lan.ts';

/** White on black, whatever the colours of the terminal are: scanners read dark modules on a light ground best. */
const COLOURS = '\u001b[97;40m';
const PLAIN = '\u001b[0m';
/** The standard wants four modules of quiet; two are read just as well, and the code fits a terminal of 24 lines. */
const QUIET_MODULES = 2;

/** What `npm start` says to a person who wants to use a phone: a QR code, two rows of modules to a line. */
export function phoneText({ url, code, others }: PhoneLink, isNext = false): string {
  const [plainUrl = url] = url.split('#');
  const lines = encodeQR(url, 'ascii', { ecc: 'low', border: QUIET_MODULES })
    .trimEnd()
    .split('\n')
    .map((line) => `  ${COLOURS}${line}${PLAIN}`);
  const once = code === undefined ? '' : ' (works once, within an hour)';
  return [
    isNext
      ? '  A phone was paired. For the next one:'
      : `  On a phone in the same network, scan this${once}:`,
    '',
    ...lines,
    '',
    `  ${[plainUrl, ...others.slice(0, 2)].join('  or  ')}`,
    '  The browser warns about the certificate the first time. The page explains it: "Open on your phone".',
    '',
  ].join('\n');
}
