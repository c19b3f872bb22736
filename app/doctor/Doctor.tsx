'use client';
import { allowCameraHelp } from '../page/allowCameraHelp.ts';
import { LanguageChoice } from '../panels/help/LanguageChoice.tsx';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { quarterOf, Spoken } from '../ui/Spoken.tsx';
import hidden from '../ui/SrOnly.module.css';
import { usePage } from '../ui/usePage.ts';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Doctor.module.css';
import { CHECKS, type CheckId, type Finding, type FindingCode, type Status, statusOf } from './finding.ts';
import { Report } from './Report.tsx';
import { factsText } from './reportText.ts';
import { useChecks } from './useChecks.ts';
import { type Verdict, verdictOf } from './verdict.ts';

const STATUS_ICONS = {
  good: 'check',
  note: 'check',
  limited: 'warning',
  bad: 'close',
  unknown: 'help',
} as const satisfies Record<Status, IconName>;

const VERDICT_STATUS = {
  works: 'good',
  partly: 'limited',
  blocked: 'bad',
  unknown: 'unknown',
} as const satisfies Record<Verdict, Status>;

/** The page `/doctor`: what this device can do, what is wrong, and what to do. */
export function Doctor() {
  const { doctor } = usePage().words;
  const { run, again } = useChecks();
  const verdict = run.endedAt === undefined ? undefined : verdictOf(run.findings);
  const progress = doctor.progress(Math.min(run.findings.size + 1, CHECKS.length), CHECKS.length);
  const isCameraLeft = run.findings.get('camera')?.code === 'cameraNotAsked';
  return (
    <main className={styles.root} data-state={verdict ?? 'running'}>
      <div className={styles.page}>
        <header className={styles.head}>
          <a className={styles.home} href="./">
            <Icon name="camera" size={20} />
            {doctor.open}
          </a>
          <h1>{doctor.title}</h1>
          <p>{doctor.intro}</p>
        </header>

        <Spoken
          text={verdict ? '' : progress}
          step={verdict ?? quarterOf(run.findings.size / CHECKS.length)}
        />
        <section className={styles.verdict} data-status={verdict && VERDICT_STATUS[verdict]}>
          <div role="status" className={styles.outcome}>
            {verdict ? (
              <>
                <span className={styles.mark}>
                  <Icon name={STATUS_ICONS[VERDICT_STATUS[verdict]]} size={30} />
                </span>
                <div>
                  <b>{doctor.verdicts[verdict].title}</b>
                  <p>{doctor.verdicts[verdict].text}</p>
                </div>
              </>
            ) : (
              <div aria-live="off" className={styles.progress}>
                <b>{progress}</b>
                <ProgressBar name={doctor.progressName} share={run.findings.size / CHECKS.length} />
              </div>
            )}
          </div>
          {verdict && (
            <div className={styles.actions}>
              <button type="button" className={styles.main} onClick={again}>
                {isCameraLeft ? doctor.checkCamera : doctor.again}
              </button>
              <Report run={run} verdict={verdict} />
            </div>
          )}
        </section>

        <ol className={styles.checks}>
          {CHECKS.map((id) => (
            <Row key={id} id={id} finding={run.findings.get(id)} isRunning={run.running === id} />
          ))}
        </ol>
        <LanguageChoice />
      </div>
    </main>
  );
}

function Row({ id, finding, isRunning }: { id: CheckId; finding: Finding | undefined; isRunning: boolean }) {
  const words = useWords();
  const { doctor } = words;
  if (finding === undefined) {
    return (
      <li className={styles.check} data-check={id} data-status={isRunning ? 'running' : 'waiting'}>
        <span className={styles.mark} />
        <div>
          <b>{doctor.checks[id]}</b>
          <p>{isRunning ? doctor.running : doctor.waiting}</p>
        </div>
      </li>
    );
  }
  const status = statusOf(finding);
  const text = doctor.findings[finding.code];
  const advice = adviceFor(finding.code, words);
  const facts = factsText(finding.facts);
  return (
    <li className={styles.check} data-check={id} data-status={status} data-finding={finding.code}>
      <span className={styles.mark}>
        <Icon name={STATUS_ICONS[status]} size={20} />
        <span className={hidden.srOnly}>{doctor.status[status]}</span>
      </span>
      <div>
        <b>{doctor.checks[id]}</b>
        <p>{text}</p>
        {advice !== undefined && <p className={styles.todo}>{advice}</p>}
        {facts !== '' && (
          <p className={styles.facts} lang="en">
            {facts}
          </p>
        )}
      </div>
    </li>
  );
}

/** What to do; undefined where there is nothing. */
function adviceFor(code: FindingCode, { doctor, allowCamera }: Words): string | undefined {
  if (code === 'cameraDenied') return allowCamera[allowCameraHelp(navigator)];
  return code in doctor.advice ? doctor.advice[code as keyof typeof doctor.advice] : undefined;
}
