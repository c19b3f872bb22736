'use client';
import { useSyncExternalStore } from 'react';

/**
 * What a browser says once and for all.
 * @param delivered stands for it in the page as it is delivered
 */
export const useBrowserFact = <Fact>(read: () => Fact, delivered: Fact): Fact =>
  useSyncExternalStore(subscribeToNothing, read, () => delivered);

const subscribeToNothing = () => () => {};
