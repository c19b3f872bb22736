import { existsSync } from 'node:fs';
import { isLoopbackHost } from '../access/loopback.ts';
import { readTrustedProxies } from '../access/trustedProxies.ts';

/** Where the certificate of the server comes from. */
export type TlsSource =
  /** The authority of this installation. */
  { kind: 'authority' } | { kind: 'files'; certFile: string; keyFile: string };

/** What phones and other machines of the network get. */
export interface LanMode {
  /** Whether the server speaks TLS on its port, and how. */
  tls: TlsSource | undefined;
  /** The server is for the machines of its network: it shows a QR code, and sends plain HTTP of others to https. */
  lan: { name: string | undefined } | undefined;
  /** Other devices need a code first. */
  needsPairing: boolean;
  /** Undefined where it is on. */
  lanOff: LanOff | undefined;
}

/** Why LAN mode is off: the settings LAN, HOST, TRUST_PROXY or BASE_PATH, or where the server runs. */
export type LanOff =
  | 'lan'
  | 'host'
  | 'trust-proxy'
  | 'base-path'
  | 'development'
  | 'container'
  | 'no-terminal';

export interface LanSettings {
  LAN?: '0' | '1' | undefined;
  LAN_NAME: string;
  PAIRING?: '0' | '1' | undefined;
  TLS_CERT?: string | undefined;
  TLS_KEY?: string | undefined;
  HOST?: string | undefined;
  BASE_PATH: string;
  TRUST_PROXY: string;
}

/** Where the server runs. */
export interface Surroundings {
  /** A person reads what it prints. */
  isTerminal: boolean;
  isContainer: boolean;
  isDevelopment: boolean;
}

/** Whether this process runs in a container, whose addresses are no phone's business. */
export const isInContainer = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Boolean(env.KUBERNETES_SERVICE_HOST) ||
  ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file));

/**
 * Resolves LAN, PAIRING, TLS_CERT and TLS_KEY. Without a word of the operator LAN mode is on where a person sits in front of a
 * server that other machines can reach directly; see docs/decisions/0026-lan-mode.md.
 * @param nameOf a setting as errors name it
 * @throws Error where settings contradict each other
 */
export function lanMode(
  settings: LanSettings,
  surroundings: Surroundings,
  nameOf: (name: keyof LanSettings) => string = (name) => `Environment variable ${name}`,
): LanMode {
  const { LAN, HOST, TLS_CERT: certFile, TLS_KEY: keyFile } = settings;
  const isLoopback = HOST !== undefined && isLoopbackHost(HOST);
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new Error(
      `${nameOf(certFile === undefined ? 'TLS_KEY' : 'TLS_CERT')}: both TLS_CERT and TLS_KEY expected, or neither.`,
    );
  }
  if (LAN === '1' && isLoopback) {
    throw new Error(`${nameOf('LAN')}: no other machine reaches HOST=${HOST}. Leave one of the two out.`);
  }
  if (LAN === '0' && certFile !== undefined) {
    throw new Error(
      `${nameOf('LAN')}: LAN=0 switches https off, which TLS_CERT asks for. Leave one of the two out.`,
    );
  }
  const lanOff = LAN === '1' ? undefined : whyOff(settings, surroundings);
  const isOn = lanOff === undefined;
  if (settings.PAIRING === '1' && !isOn) {
    throw new Error(
      `${nameOf('PAIRING')}: LAN mode is off here, and no device could get a code. Set LAN=1, or TOKEN instead.`,
    );
  }
  const files = certFile !== undefined &&
    keyFile !== undefined && { kind: 'files' as const, certFile, keyFile };
  return {
    tls: files || (isOn ? { kind: 'authority' } : undefined),
    lan: isOn ? { name: settings.LAN_NAME === '0' ? undefined : settings.LAN_NAME } : undefined,
    needsPairing: isOn && settings.PAIRING !== '0',
    lanOff,
  };
}

/** Without LAN=1. What a person has set comes first: they can change it. */
function whyOff(
  { LAN, HOST, BASE_PATH, TRUST_PROXY }: LanSettings,
  { isTerminal, isContainer, isDevelopment }: Surroundings,
): LanOff | undefined {
  if (LAN === '0') return 'lan';
  if (HOST !== undefined && isLoopbackHost(HOST)) return 'host';
  if (readTrustedProxies(TRUST_PROXY)?.kind !== 'none') return 'trust-proxy';
  if (BASE_PATH !== '') return 'base-path';
  if (isDevelopment) return 'development';
  if (isContainer) return 'container';
  if (!isTerminal) return 'no-terminal';
  return undefined;
}
