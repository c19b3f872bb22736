'use client';
import { useEffect, useState } from 'react';
import type { LanInfo } from '../../protocol/lan.ts';
import { askForLan } from './askForLan.ts';
import { readLan } from './lanClient.ts';

/** What the server is for other devices; undefined until it has said so. */
export function useLan(): LanInfo | undefined {
  const [info, setInfo] = useState<LanInfo>();
  useEffect(() => askForLan({ read: readLan, onAnswer: setInfo, page: window }), []);
  return info;
}
