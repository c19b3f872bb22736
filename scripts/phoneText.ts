import encodeQR from 'qr';
import type { PhoneLink } from '../protocol/lan.ts';
import type { PhoneOffer } from '../server/main.ts';

/** White on black, whatever the colours of the terminal are: scanners read dark modules on a light ground best. */
const COLOURS = '\u001b[97;40m';
const PLAIN = '\u001b[0m';
/** The standard wants four modules of quiet; two are read just as well, and the code fits a terminal of 24 lines. */
const QUIET_MODULES = 2;
const INDENT = '  ';

export interface Terminal {
  /** Otherwise a log keeps what is printed: no code belongs there. */
  isTerminal: boolean;
  /** Its width in signs; undefined where there is none, 0 where it does not say. */
  columns: number | undefined;
  /** A phone was paired by the code before. */
  isNext: boolean;
  /** The server runs in the Windows Subsystem for Linux. */
  isWsl: boolean;
  /** As in HOST. */
  host: string | undefined;
}

/** What `npm start` says to a person who wants to use a phone: a QR code, or why there is none and what to do. */
export function phoneText(offer: PhoneOffer, terminal: Terminal): string {
  if (offer.kind === 'none') return `${INDENT}No QR code for phones: ${whyNone(offer.why, terminal)}\n`;
  const { link } = offer;
  const [plainUrl = link.url] = link.url.split('#');
  const addresses = [plainUrl, ...link.others.slice(0, 2)].join('  or  ');
  const lines = [
    ...(terminal.isTerminal ? codeLines(link, terminal) : [logLine(link)]),
    addresses,
    'The browser warns about the certificate the first time. The page explains it: "Open on your phone".',
    ...(terminal.isWsl
      ? [
          'This is WSL: where the phone gets no answer, set networkingMode=mirrored in .wslconfig, or forward the port from Windows.',
        ]
      : []),
  ];
  return `${lines.map((line) => (line === '' ? '' : INDENT + line)).join('\n')}\n`;
}

/** The QR code, two rows of modules to a line, or why the terminal cannot show it. */
function codeLines({ url, code }: PhoneLink, { columns, isNext }: Terminal): string[] {
  const rows = encodeQR(url, 'ascii', { ecc: 'low', border: QUIET_MODULES }).trimEnd().split('\n');
  const width = INDENT.length + (rows[0]?.length ?? 0);
  if (columns && columns < width) {
    return [
      `No QR code for phones: it is ${width} columns wide, and this terminal ${columns}. Widen it and start again, or use "Open on your phone" in the page.`,
    ];
  }
  const once = code === undefined ? '' : ' (works once, within an hour)';
  return [
    isNext ? 'A phone was paired. For the next one:' : `On a phone in the same network, scan this${once}:`,
    '',
    ...rows.map((row) => `${COLOURS}${row}${PLAIN}`),
    '',
  ];
}

const logLine = ({ code }: PhoneLink): string =>
  code === undefined
    ? 'Phones in the same network open:'
    : 'Phones in the same network scan the QR code of the page on this machine ("Open on your phone"): a log keeps no code. The addresses:';

function whyNone(why: Extract<PhoneOffer, { kind: 'none' }>['why'], { host }: Terminal): string {
  switch (why) {
    case 'lan':
      return 'LAN=0 switches it off. Start without LAN=0 to use a phone.';
    case 'host':
      return `HOST=${host} lets only this machine in. Start without HOST to use a phone.`;
    case 'trust-proxy':
      return 'TRUST_PROXY says that a proxy stands in front. Phones open the https:// address of the proxy; LAN=1 shows a code all the same.';
    case 'base-path':
      return 'BASE_PATH says that a proxy stands in front. Phones open the https:// address of the proxy; LAN=1 shows a code all the same.';
    case 'development':
      return 'the development server has none. Use "npm start", or set LAN=1.';
    case 'container':
      return 'phones do not reach the addresses of a container. Set LAN=1 if it uses the network of its host; else see docs/phone.md, "Other ways".';
    case 'no-terminal':
      return 'the output is no terminal. LAN=1 lets phones in; the page then shows the code ("Open on your phone").';
    case 'no-network':
      return 'this machine has no address on a network. Connect it to the network of the phone: the page then shows the code ("Open on your phone").';
    default:
      return why satisfies never;
  }
}
