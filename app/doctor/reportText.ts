import { CHECKS, type CheckId, type Facts, type Finding, statusOf } from './finding.ts';
import type { Verdict } from './verdict.ts';

export interface Report {
  readonly verdict: Verdict;
  /** ISO 8601 */
  readonly checkedAt: string;
  /** Of the browser and its screen. */
  readonly facts: Facts;
  readonly findings: ReadonlyMap<CheckId, Finding>;
}

/**
 * The findings as text for a bug report: in English, by codes, the same in every language of the page. It has no address, no
 * token, no picture and no id of a device.
 */
export function reportText({ verdict, checkedAt, facts, findings }: Report): string {
  const lines = CHECKS.flatMap((id) => {
    const finding = findings.get(id);
    if (!finding) return [];
    const detail = factsText(finding.facts);
    return [`[${statusOf(finding)}] ${id}: ${finding.code}${detail && ` (${detail})`}`];
  });
  const head = [`Livelens device check: ${verdict}`, `checked: ${checkedAt}`];
  return [...head, ...factLines(facts), '', ...lines, ''].join('\n');
}

const defined = (facts: Facts) => Object.entries(facts).filter(([, value]) => value !== undefined);

export const factsText = (facts: Facts): string =>
  defined(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const factLines = (facts: Facts) => defined(facts).map(([name, value]) => `${name}: ${value}`);
