'use client';
import { useEffect, useRef } from 'react';
import type { Problem } from '../../models/problem.ts';
import { Icon } from '../../ui/Icon.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { ProblemText } from '../models/ProblemText.tsx';
import styles from './ThingsProblem.module.css';

export interface ThingsProblemProps {
  problem: Problem;
  /** It came of a press, which may be far below: it is brought into sight. Default: true */
  isOfPress?: boolean;
}

/** Why something about things did not work, and what to do. */
export function ThingsProblem({ problem, isOfPress = true }: ThingsProblemProps) {
  const root = useRef<HTMLParagraphElement>(null);
  const { code, text } = problem;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each that says something else
  useEffect(() => {
    if (isOfPress) root.current?.scrollIntoView({ block: 'nearest' });
  }, [code, text, isOfPress]);
  return (
    <p ref={root} role="alert" className={styles.root}>
      <Icon name="warning" size={20} />
      <span>
        <ThingsProblemText problem={problem} />
      </span>
    </p>
  );
}

export function ThingsProblemText({ problem }: { problem: Problem }) {
  const { problems } = useWords().things;
  const { code } = problem;
  if (Object.hasOwn(problems, code)) return problems[code as keyof typeof problems];
  return <ProblemText problem={problem} />;
}
