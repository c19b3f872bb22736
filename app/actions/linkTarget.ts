/** What is odd about an address, so that a person looks twice. */
export type LinkWarning =
  /** Letters of other alphabets, which may look like those of a known name. */
  | 'look-alike'
  /** A name before an @, which looks like the host and is not. */
  | 'credentials'
  /** Not encrypted. */
  | 'insecure'
  /** A number instead of a name. */
  | 'number';

/** Where a link leads. */
export interface LinkTarget {
  /** The address, complete. */
  readonly href: string;
  /** The true host, as browsers ask for it: names beyond ASCII as `xn--…`. */
  readonly host: string;
  readonly warnings: readonly LinkWarning[];
}

/** @returns undefined where it is no address of the web */
export function linkTarget(address: string): LinkTarget | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  const warnings: LinkWarning[] = [];
  if (url.hostname.split('.').some((label) => label.startsWith('xn--'))) warnings.push('look-alike');
  if (url.username !== '' || url.password !== '') warnings.push('credentials');
  if (/^(\d+\.){3}\d+$|^\[/.test(url.hostname)) warnings.push('number');
  if (url.protocol === 'http:') warnings.push('insecure');
  return { href: url.href, host: url.host, warnings };
}

/** The last part of a name that is written without https://; of others it may be a file, or two sentences. */
const ENDINGS =
  /\.(com|org|net|edu|gov|info|io|dev|app|eu|de|at|ch|uk|fr|it|es|nl|be|pl|cz|dk|se|no|fi|ie|us|ca|au|nz|jp|cn|hk|tw|kr|in|br|mx|shop|online)$/i;
const WITH_SCHEME = /https?:\/\/[^\s<>"'“”「」（）]+/gi;
const BARE =
  /(?<![@\w./-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,}(?::\d+)?(?:\/[^\s<>"'“”「」（）]*)?/giu;

/** The links in a text, in their order, each once. */
export function linksIn(text: string): LinkTarget[] {
  const found = new Map<string, LinkTarget>();
  const add = (address: string) => {
    const target = linkTarget(address);
    if (target && !found.has(target.href)) found.set(target.href, target);
  };
  for (const [address] of text.matchAll(WITH_SCHEME)) add(withoutPunctuation(address));
  for (const [address] of text.replaceAll(WITH_SCHEME, ' ').matchAll(BARE)) {
    const name = withoutPunctuation(address);
    const host = name.split(/[/:]/)[0] ?? '';
    if (/^www\./i.test(host) || ENDINGS.test(host)) add(`https://${name}`);
  }
  return [...found.values()];
}

/** A sentence goes on behind an address; a bracket that was opened within it belongs to it. */
function withoutPunctuation(address: string): string {
  const bare = address.replace(/[.,;:!?…。，]+$/u, '');
  return bare.endsWith(')') && !bare.includes('(') ? withoutPunctuation(bare.slice(0, -1)) : bare;
}
