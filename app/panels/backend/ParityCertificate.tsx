import { GOLDEN_TOLERANCE, isOutsideReference } from '../../../vision/golden.ts';
import type { Certificate } from '../../device/deviceState.ts';
import { Details } from '../../ui/Details.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { dateInWords, NO_REFERENCE, shortVersion } from '../../ui/values.ts';
import { agreementInWords, certificateInWords } from './deviceWords.ts';
import styles from './ParityCertificate.module.css';

/** Whether this browser gives the same answers as the server, what that was found with, and what follows if not. */
export function ParityCertificate({ certificate, name }: { certificate: Certificate; name: string }) {
  const { holds, version, deviceRuntime, serverRuntime, recordedBy, withRecord, withServer } = certificate;
  const problems = [...withRecord.problems, ...(withServer?.problems ?? [])];
  return (
    <section
      className={styles.root}
      data-testid="certificate"
      data-holds={holds}
      aria-labelledby="parity-title"
    >
      <div className={styles.head}>
        <Icon name={holds ? 'check' : 'warning'} size={28} />
        <div>
          <h3 id="parity-title">{certificateInWords(certificate)}</h3>
          {holds ? (
            <p>The model’s reference images were run in this browser and their answers compared.</p>
          ) : (
            <p>
              So this device does not run {name}: its labels could be wrong. Another browser, or a newer
              version of this one, may do better.
            </p>
          )}
        </div>
      </div>
      <Details>
        {!holds && problems.length > 0 && (
          <ul className={styles.problems}>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
        <dl className={styles.facts}>
          <Fact name="This device">{deviceRuntime}</Fact>
          {serverRuntime !== undefined && (
            <Fact name="Server" more={withServer && agreementInWords(withServer)}>
              {serverRuntime}
            </Fact>
          )}
          {recordedBy !== undefined && (
            <Fact
              name={isOutsideReference(recordedBy) ? 'Recorded by' : 'When imported'}
              more={agreementInWords(withRecord)}
            >
              {recordedBy}
            </Fact>
          )}
          <Fact name="Limit">a score may differ by {GOLDEN_TOLERANCE.score}</Fact>
          <Fact name="Checked">
            {dateInWords(new Date(certificate.provenAtMs).toISOString())}, version {shortVersion(version)}
          </Fact>
        </dl>
        {recordedBy !== undefined && !isOutsideReference(recordedBy) && <p>{NO_REFERENCE}</p>}
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
