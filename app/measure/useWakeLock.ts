'use client';
import { useEffect } from 'react';
import { holdWakeLock } from '../lens/wakeLock.ts';

/** Keeps the screen on while this is shown. */
export function useWakeLock(): void {
  useEffect(() => holdWakeLock(), []);
}
