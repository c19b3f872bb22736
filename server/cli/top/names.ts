import type { Member } from '../../fleet/member.ts';

/** A member as people know it: several may run on one machine. */
export const nameOf = ({ host, pid }: Pick<Member, 'host' | 'pid'>): string => `${host}/${pid}`;

/** A version is a hash; its beginning tells two apart. */
export const shortVersion = (version: string): string => version.slice(0, 8);
