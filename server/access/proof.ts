import { createHmac } from 'node:crypto';
import { isToken } from './token.ts';

/**
 * Proof that a command knows the secret of the installation, without the secret itself: good for one server process
 * and for a minute, so that a stranger who gets hold of it (a program that listens on the port after the server has
 * ended, say) can do nothing with it.
 */

const LIFETIME_MS = 60_000;
const PROOF = /^livelens\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

/**
 * @param instance the server's random name of itself
 * @param now ms since 1970
 */
export function proofFor(secret: Buffer, instance: string, now: number): string {
  const expires = now + LIFETIME_MS;
  return `livelens.${expires}.${mac(secret, instance, expires)}`;
}

export function isProof(secret: Buffer, instance: string, text: string, now: number): boolean {
  const [, expires, given] = PROOF.exec(text) ?? [];
  if (given === undefined) return false;
  const isRight = isToken(mac(secret, instance, Number(expires)), given);
  return isRight && Number(expires) > now && Number(expires) <= now + LIFETIME_MS;
}

const mac = (secret: Buffer, instance: string, expires: number): string =>
  createHmac('sha256', secret).update(`proof\0${instance}\0${expires}`).digest('base64url');
