import { webcrypto } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { BitString, Integer, OctetString, Utf8String } from 'asn1js';
import ipaddr from 'ipaddr.js';
import {
  AltName,
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  GeneralNames,
  GeneralSubtree,
  NameConstraints,
} from 'pkijs';
import type { CertificatePair } from './onePort.ts';

/** Names and addresses that a certificate is for. */
export interface HostNames {
  readonly dns: readonly string[];
  /** IPv4 and IPv6, without zones. */
  readonly ip: readonly string[];
}

/** What an authority may sign for. */
export interface NamesPermitted {
  /** Each with all names below it. */
  readonly dns: readonly string[];
  /** Networks, as `10.0.0.0/8`. */
  readonly networks: readonly string[];
}

interface Validity {
  notBefore: Date;
  notAfter: Date;
}

const EC_KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
/** Object identifiers: RFC 5280, 4.1 and 4.2. */
const OID = {
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;
/** Kinds of a GeneralName: RFC 5280, 4.2.1.6. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
/** Bits of keyUsage, from the left: RFC 5280, 4.2.1.3. */
const DIGITAL_SIGNATURE = 0x80;
const SIGN_CERTIFICATES = 0x04;
const SIGN_REVOCATIONS = 0x02;

const SERIAL_BYTES = 16;

/** A new authority: it may sign certificates of servers for the permitted names, and no further authorities. */
export async function makeAuthority(
  name: string,
  permitted: NamesPermitted,
  validity: Validity,
): Promise<CertificatePair> {
  const keys = await webcrypto.subtle.generateKey(EC_KEY, true, ['sign', 'verify']);
  const certificate = await begin(name, keys.publicKey, validity);
  certificate.issuer = certificate.subject;
  const subtrees = [
    ...permitted.dns.map((dns) => new GeneralName({ type: DNS_NAME, value: dns })),
    ...permitted.networks.map(
      (network) => new GeneralName({ type: IP_ADDRESS, value: octets(...networkBytes(network)) }),
    ),
  ].map((base) => new GeneralSubtree({ base, minimum: 0 }));
  certificate.extensions = [
    extension(OID.basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    keyUsage(SIGN_CERTIFICATES | SIGN_REVOCATIONS, 1),
    extension(OID.nameConstraints, true, new NameConstraints({ permittedSubtrees: subtrees })),
    await subjectKey(certificate),
  ];
  return sign(certificate, keys.privateKey, keys.privateKey);
}

/** A new certificate of a server, with a key of its own. */
export async function makeServerCertificate(
  authority: CertificatePair,
  name: string,
  names: HostNames,
  validity: Validity,
): Promise<CertificatePair> {
  const issuer = Certificate.fromBER(bytesOf(authority.cert));
  const issuerKey = await webcrypto.subtle.importKey('pkcs8', bytesOf(authority.key), EC_KEY, false, [
    'sign',
  ]);
  const keys = await webcrypto.subtle.generateKey(EC_KEY, true, ['sign', 'verify']);
  const certificate = await begin(name, keys.publicKey, validity);
  certificate.issuer = issuer.subject;
  const alternatives = [
    ...names.dns.map((dns) => new GeneralName({ type: DNS_NAME, value: dns })),
    ...names.ip.map(
      (ip) => new GeneralName({ type: IP_ADDRESS, value: octets(...ipaddr.parse(ip).toByteArray()) }),
    ),
  ];
  certificate.extensions = [
    extension(OID.basicConstraints, true, new BasicConstraints({ cA: false })),
    keyUsage(DIGITAL_SIGNATURE, 7),
    extension(OID.extKeyUsage, false, new ExtKeyUsage({ keyPurposes: [OID.serverAuth] })),
    extension(OID.subjectAltName, false, new GeneralNames({ names: alternatives })),
    await subjectKey(certificate),
    await authorityKey(issuer),
  ];
  return sign(certificate, issuerKey, keys.privateKey);
}

/** @param cert PEM, of an authority */
export function permittedNames(cert: string): NamesPermitted {
  const constraints = extensionOf(cert, OID.nameConstraints);
  const bases =
    constraints instanceof NameConstraints
      ? (constraints.permittedSubtrees ?? []).map(({ base }) => base)
      : [];
  return {
    dns: valuesOf(bases, DNS_NAME).map(String),
    networks: valuesOf(bases, IP_ADDRESS).map((value) => {
      const bytes = addressBytes(value);
      const [address, mask] = [bytes.slice(0, bytes.length / 2), bytes.slice(bytes.length / 2)].map((half) =>
        ipaddr.fromByteArray(half),
      );
      return `${address}/${mask?.prefixLengthFromSubnetMask()}`;
    }),
  };
}

/** The names that a certificate is for. @param cert PEM */
export function alternativeNames(cert: string): HostNames {
  const alternatives = extensionOf(cert, OID.subjectAltName);
  const names = alternatives instanceof AltName ? alternatives.altNames : [];
  return {
    dns: valuesOf(names, DNS_NAME).map(String),
    ip: valuesOf(names, IP_ADDRESS).map((value) => ipaddr.fromByteArray(addressBytes(value)).toString()),
  };
}

/** Names, not patterns, that a certificate is for. @param cert PEM; the first of several counts */
export const serverNames = (cert: string): string[] =>
  alternativeNames(cert).dns.filter((name) => !name.includes('*'));

const extensionOf = (cert: string, oid: string): unknown =>
  Certificate.fromBER(bytesOf(cert)).extensions?.find(({ extnID }) => extnID === oid)?.parsedValue;

const valuesOf = (names: readonly GeneralName[], kind: number): unknown[] =>
  names.filter(({ type }) => type === kind).map(({ value }): unknown => value);

const addressBytes = (value: unknown): number[] =>
  value instanceof OctetString ? [...value.valueBlock.valueHexView] : [];

async function begin(name: string, key: webcrypto.CryptoKey, { notBefore, notAfter }: Validity) {
  const certificate = new Certificate({ version: 2 });
  const serial = webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  // Positive, and of full length.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  certificate.serialNumber = new Integer({ valueHex: serial.buffer });
  const commonName = new AttributeTypeAndValue({
    type: OID.commonName,
    value: new Utf8String({ value: name }),
  });
  certificate.subject.typesAndValues.push(commonName);
  certificate.notBefore.value = notBefore;
  certificate.notAfter.value = notAfter;
  await certificate.subjectPublicKeyInfo.importKey(key as CryptoKey);
  return certificate;
}

async function sign(
  certificate: Certificate,
  signingKey: webcrypto.CryptoKey,
  ownKey: webcrypto.CryptoKey,
): Promise<CertificatePair> {
  await certificate.sign(signingKey as CryptoKey, 'SHA-256');
  const key = await webcrypto.subtle.exportKey('pkcs8', ownKey);
  return {
    cert: pem('CERTIFICATE', certificate.toSchema(true).toBER(false)),
    key: pem('PRIVATE KEY', key),
  };
}

function extension(extnID: string, critical: boolean, value: { toSchema(): { toBER(): ArrayBuffer } }) {
  return new Extension({ extnID, critical, extnValue: value.toSchema().toBER() });
}

/** @param unusedBits at the end of the byte, as DER has no zeros there */
function keyUsage(bits: number, unusedBits: number): Extension {
  const value = new BitString({ valueHex: Uint8Array.of(bits).buffer, unusedBits });
  return new Extension({ extnID: OID.keyUsage, critical: true, extnValue: value.toBER() });
}

async function keyHash(certificate: Certificate): Promise<Uint8Array> {
  const key = certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView;
  // RFC 5280, 4.2.1.2, method 1. No one has to trust this hash: it is a name of the key.
  return new Uint8Array(await webcrypto.subtle.digest('SHA-1', new Uint8Array(key)));
}

async function subjectKey(certificate: Certificate): Promise<Extension> {
  const value = octets(...(await keyHash(certificate)));
  return new Extension({ extnID: OID.subjectKeyIdentifier, extnValue: value.toBER() });
}

async function authorityKey(issuer: Certificate): Promise<Extension> {
  const hash = await keyHash(issuer);
  // SEQUENCE { [0] IMPLICIT KeyIdentifier }
  const value = Uint8Array.of(0x30, hash.length + 2, 0x80, hash.length, ...hash);
  return new Extension({ extnID: OID.authorityKeyIdentifier, extnValue: value.buffer });
}

const octets = (...bytes: number[]) => new OctetString({ valueHex: Uint8Array.from(bytes).buffer });

/** Address and mask: RFC 5280, 4.2.1.10. */
function networkBytes(network: string): number[] {
  const [address, bits] = ipaddr.parseCIDR(network);
  const mask = (isIPv4(address.toString()) ? ipaddr.IPv4 : ipaddr.IPv6).subnetMaskFromPrefixLength(bits);
  return [...address.toByteArray(), ...mask.toByteArray()];
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(/-----BEGIN [^-]+-----([^-]+)-----END/.exec(text)?.[1] ?? '', 'base64'));
