import { isOutsideReference } from '../../../vision/golden.ts';
import { GOLDEN_TOLERANCE } from '../../../vision/tasks/comparison.ts';
import type { Certificate } from '../../device/runtime/certificate.ts';
import type { RaceTime } from '../../device/runtime/deviceSession.ts';
import { Details } from '../../ui/Details.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { shortVersion } from '../../ui/values.ts';
import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { agreementHere, certificateText, raceText } from './deviceText.ts';
import styles from './ParityCertificate.module.css';

/** Whether this browser gives the same answers as the server, what that was found with, and what follows if not. */
export function ParityCertificate({
  certificate,
  name,
  race,
}: {
  certificate: Certificate;
  name: string;
  /** What was measured of runtimes on this device; empty: nothing yet. */
  race: readonly RaceTime[];
}) {
  const words = useWords();
  const { agreement, certificate: texts, format } = words;
  const { passes, pending, version, deviceRuntime, serverRuntime, recordedBy, withRecord, withServer } =
    certificate;
  const problems = [...withRecord.problems, ...(withServer?.problems ?? [])];
  return (
    <section
      className={styles.root}
      data-testid="certificate"
      data-passes={passes && pending === 0}
      aria-labelledby="parity-title"
    >
      <div className={styles.head}>
        <Icon name={!passes ? 'warning' : pending > 0 ? 'device' : 'check'} size={28} />
        <div>
          <h3 id="parity-title">{certificateText(words, certificate)}</h3>
          <p>{!passes ? texts.notRun(name) : pending > 0 ? texts.checkingText : texts.compared}</p>
        </div>
      </div>
      <Details>
        {!passes && problems.length > 0 && (
          <ul className={styles.problems}>
            {problems.map((problem) => (
              <li key={problem}>
                <English text={problem} />
              </li>
            ))}
          </ul>
        )}
        <dl className={styles.facts}>
          <Fact name={texts.device}>{deviceRuntime}</Fact>
          {race.length > 0 && <Fact name={texts.race}>{raceText(words, race)}</Fact>}
          {serverRuntime !== undefined && (
            <Fact name={texts.server} more={withServer && agreementHere(words, withServer)}>
              {serverRuntime}
            </Fact>
          )}
          {recordedBy !== undefined && (
            <Fact
              name={isOutsideReference(recordedBy) ? texts.recordedBy : texts.whenImported}
              more={agreementHere(words, withRecord)}
            >
              {recordedBy}
            </Fact>
          )}
          <Fact name={texts.limit}>{texts.limitText(GOLDEN_TOLERANCE.score)}</Fact>
          <Fact name={texts.checked}>
            {texts.checkedText(format.date(certificate.provenAtMs) ?? '', shortVersion(version))}
          </Fact>
        </dl>
        {recordedBy !== undefined && !isOutsideReference(recordedBy) && <p>{agreement.noReference}</p>}
      </Details>
    </section>
  );
}

function Fact({
  name,
  children,
  more,
}: {
  name: string;
  children: React.ReactNode;
  more?: string | undefined;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {more && <small>{more}</small>}
      </dd>
    </div>
  );
}
