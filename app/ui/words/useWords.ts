'use client';
import { useSyncExternalStore } from 'react';
import type { Words } from './en.ts';
import { DELIVERED, onLanguage, type Speech, speech } from './words.ts';

const delivered = () => DELIVERED;

/** The words of the person's language, and which that is; renders again when it changes. */
export const useSpeech = (): Speech => useSyncExternalStore(onLanguage, speech, delivered);

/** The words of the person's language. */
export const useWords = (): Words => useSpeech().words;
