import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { compared, type GoldenCase, goldenResult } from '../../../vision/runGoldens.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';

/** Goldens compared with what a runtime gives. */
export interface Agreement {
  readonly goldens: number;
  /** Of how many the best label is the same. */
  readonly sameTop: number;
  /** See `compareWithGolden`. */
  readonly largestDifference: number;
  /** What differs by more than is allowed, in words. */
  readonly problems: readonly string[];
}

/**
 * The proof that this very browser gives the same answers as the server and as the place where the model was made.
 * Where it `passes`, the device may be used for the model. It is a whole one when nothing is `pending`.
 */
export interface Certificate {
  readonly model: string;
  readonly version: string;
  /** Whether those goldens agree that have run. */
  readonly passes: boolean;
  /** Number of goldens that have yet to run. */
  readonly pending: number;
  /** Such as `onnxruntime-web 1.30.0, wasm`. */
  readonly deviceRuntime: string;
  /** Such as `onnxruntime-node 1.30.0`; undefined where the server sent no answers of its own. */
  readonly serverRuntime: string | undefined;
  /** What recorded the goldens, such as `tfjs-wasm 4.22.0`; undefined without goldens. */
  readonly recordedBy: string | undefined;
  /** This browser's answers against the record. */
  readonly withRecord: Agreement;
  /** This browser's answers against the server's. */
  readonly withServer: Agreement | undefined;
  /** In ms since 1970. */
  readonly provenAtMs: number;
}

/**
 * What this browser gave for the goldens of a model, compared with what was recorded and with what the server gives.
 * It passes if nothing differs by more than is allowed and the best label is always the same. Without goldens it does not.
 *
 * @param answers one for each golden that has run, in their order
 * @param deviceRuntime such as `onnxruntime-web 1.30.0, wasm`
 */
export function certify(
  model: DeviceModel,
  answers: readonly ModelAnswer[],
  { deviceRuntime, provenAtMs }: { deviceRuntime: string; provenAtMs: number },
): Certificate {
  const { manifest, version, goldens } = model;
  const pictures = answers.flatMap((answer, at) => {
    const golden = goldens[at];
    const picture = manifest.goldens[at]?.image ?? `golden ${at + 1}`;
    return golden ? [{ picture, answer, ...golden }] : [];
  });
  const ofServer = pictures.flatMap(({ server, ...rest }) =>
    server ? [compared({ ...rest, golden: server })] : [],
  );
  const withRecord = agreement(pictures.map((one) => compared({ ...one, golden: one.expected })));
  const withServer = ofServer.length === 0 ? undefined : agreement(ofServer);
  return {
    model: manifest.id,
    version,
    passes: isWhole(withRecord) && (withServer === undefined || isWhole(withServer)),
    pending: goldens.length - pictures.length,
    deviceRuntime,
    serverRuntime: ofServer[0]?.golden.recordedBy,
    recordedBy: goldens[0]?.expected.recordedBy,
    withRecord,
    withServer,
    provenAtMs,
  };
}

const isWhole = ({ goldens, sameTop, problems }: Agreement) => problems.length === 0 && sameTop === goldens;

function agreement(cases: readonly GoldenCase[]): Agreement {
  if (cases.length === 0) {
    const problems = ['The model has no goldens: there is nothing to prove it by.'];
    return { goldens: 0, sameTop: 0, largestDifference: 0, problems };
  }
  const { sameTop, largestDifference } = goldenResult(cases);
  return {
    goldens: cases.length,
    sameTop,
    largestDifference,
    problems: cases.flatMap(({ picture, comparison }) => {
      if (comparison.differences.length > 0) return [`${picture}: ${comparison.differences.join('; ')}`];
      return comparison.sameTop ? [] : [`${picture}: another label is the best`];
    }),
  };
}
