import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { compareWithGolden } from '../../../vision/golden.ts';
import type { Answer, Golden } from '../../../vision/manifest.ts';

/** Goldens held against what a runtime gives. */
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
 * Where it `holds`, the device may be used for the model.
 */
export interface Certificate {
  readonly model: string;
  readonly version: string;
  readonly holds: boolean;
  /** Such as `onnxruntime-web 1.30.0, wasm`. */
  readonly deviceRuntime: string;
  /** Such as `onnxruntime-node 1.30.0`; undefined where the server told no answers of its own. */
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
 * What this browser gave for the goldens of a model, held against what was recorded and against what the server gives.
 * It holds if nothing differs by more than is allowed and the best label is always the same. Without goldens it does not.
 *
 * @param answers one for each golden, in their order
 * @param deviceRuntime such as `onnxruntime-web 1.30.0, wasm`
 */
export function certify(
  model: DeviceModel,
  answers: readonly Answer[],
  { deviceRuntime, provenAtMs }: { deviceRuntime: string; provenAtMs: number },
): Certificate {
  const { manifest, version, goldens } = model;
  const cases = answers.flatMap((answer, place) => {
    const golden = goldens[place];
    return golden
      ? [{ name: manifest.goldens[place]?.image ?? `golden ${place + 1}`, answer, ...golden }]
      : [];
  });
  const ofServer = cases.flatMap(({ server, ...rest }) => (server ? [{ ...rest, golden: server }] : []));
  const withRecord = agreement(cases.map((one) => ({ ...one, golden: one.expected })));
  const withServer = ofServer.length === 0 ? undefined : agreement(ofServer);
  return {
    model: manifest.id,
    version,
    holds: isWhole(withRecord) && (withServer === undefined || isWhole(withServer)),
    deviceRuntime,
    serverRuntime: ofServer[0]?.golden.recordedBy,
    recordedBy: goldens[0]?.expected.recordedBy,
    withRecord,
    withServer,
    provenAtMs,
  };
}

const isWhole = ({ goldens, sameTop, problems }: Agreement) => problems.length === 0 && sameTop === goldens;

function agreement(cases: readonly { name: string; golden: Golden; answer: Answer }[]): Agreement {
  if (cases.length === 0) {
    const problems = ['The model has no goldens: there is nothing to prove it by.'];
    return { goldens: 0, sameTop: 0, largestDifference: 0, problems };
  }
  const compared = cases.map((one) => ({ ...one, ...compareWithGolden(one.golden, one.answer) }));
  return {
    goldens: cases.length,
    sameTop: compared.filter(({ sameTop }) => sameTop).length,
    largestDifference: Math.max(...compared.map(({ largest }) => largest)),
    problems: compared.flatMap(({ name, differences, sameTop }) => {
      if (differences.length > 0) return [`${name}: ${differences.join('; ')}`];
      return sameTop ? [] : [`${name}: another label is the best`];
    }),
  };
}
