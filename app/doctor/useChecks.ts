'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { takeToken } from '../access/token.ts';
import { createFrameEncoder } from '../capture/frameEncoder.ts';
import { createChecks } from './createChecks.ts';
import type { CheckId, Finding } from './finding.ts';
import { runChecks } from './runChecks.ts';

export interface CheckRun {
  /** What is being checked; undefined before the first and after the last. */
  readonly running: CheckId | undefined;
  readonly findings: ReadonlyMap<CheckId, Finding>;
  /** When the run was over, ISO 8601. */
  readonly endedAt: string | undefined;
}

const NOTHING_YET: CheckRun = { running: undefined, findings: new Map(), endedAt: undefined };

/** Runs the checks as the page opens, and again whenever a person asks: only then may the browser ask for the camera. */
export function useChecks(): { run: CheckRun; again: () => void } {
  const [run, setRun] = useState(NOTHING_YET);
  const current = useRef<AbortController>(undefined);

  const start = useCallback(async (mayAskForCamera: boolean) => {
    current.current?.abort();
    const ending = new AbortController();
    current.current = ending;
    const { signal } = ending;
    setRun(NOTHING_YET);
    const encoder = createFrameEncoder();
    try {
      await runChecks(createChecks({ encoder, token: takeToken(), mayAskForCamera }), {
        signal,
        onStart: (running) => setRun((before) => ({ ...before, running })),
        onFinding: (id, finding) =>
          setRun((before) => ({ ...before, findings: new Map(before.findings).set(id, finding) })),
      });
      if (!signal.aborted) {
        const endedAt = new Date().toISOString();
        setRun((before) => ({ ...before, running: undefined, endedAt }));
      }
    } finally {
      encoder.close();
    }
  }, []);

  useEffect(() => {
    void start(false);
    return () => current.current?.abort();
  }, [start]);
  return { run, again: () => void start(true) };
}
