'use client';
import { useEffect, useRef } from 'react';
import type { Problem } from '../../models/problem.ts';
import { Icon } from '../../ui/Icon.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { ProblemText } from '../models/ProblemText.tsx';
import styles from './ThingsProblem.module.css';

/** Why something about things did not work, and what to do. */
export function ThingsProblem({ problem }: { problem: Problem }) {
  const root = useRef<HTMLParagraphElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each is brought into sight, as what was pressed may be far below
  useEffect(() => {
    root.current?.scrollIntoView({ block: 'nearest' });
  }, [problem]);
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
