import assert from 'node:assert/strict';
import test from 'node:test';
import { averagePrecision } from './averagePrecision.ts';
import { randomBoxes } from './testing/randomBoxes.ts';

/** What pycocotools 2.0.11 says of sets of `randomBoxes`, as `testing/pycocotools.sh 1 2 3` prints it. */
const REFERENCE = [
  {
    seed: 1,
    ap: 0.21687945186758287,
    ap50: 0.46914922003620096,
    ap75: 0.1476817644935003,
    apSmall: 0.22696645222320644,
    apMedium: 0.27647229832873393,
    apLarge: 0.2774420636621973,
    ar: 0.427413721899016,
    labels: {
      cat: [0.17096361089756007, 0.4799895031869518],
      dog: [0.23307973244077437, 0.4826205052350102],
      cup: [0.2226932310945537, 0.43058674599598346],
      person: [0.2407812330374433, 0.48340012572685837],
    },
  },
  {
    seed: 2,
    ap: 0.24493477609235867,
    ap50: 0.5346152467022327,
    ap75: 0.17473515182217234,
    apSmall: 0.25739627472667737,
    apMedium: 0.21198547375745977,
    apLarge: 0.3612616295929669,
    ar: 0.47015205004335436,
    labels: {
      cat: [0.24108863182393145, 0.46162587206004174],
      dog: [0.23637292096795587, 0.5656988555998457],
      cup: [0.28017918929868, 0.5752023706922893],
      person: [0.22209836227886745, 0.5359338884567542],
    },
  },
  {
    seed: 3,
    ap: 0.21763457990269694,
    ap50: 0.4631429561554793,
    ap75: 0.14268683451082192,
    apSmall: 0.251811741760715,
    apMedium: 0.21897719236209334,
    apLarge: 0.18846621504255687,
    ar: 0.3898103448275862,
    labels: {
      cat: [0.19602142692983407, 0.47515110913785463],
      dog: [0.21489604599557702, 0.4247919561969466],
      cup: [0.2068131573174861, 0.4571894145936333],
      person: [0.25280768936789066, 0.49543934469348255],
    },
  },
];

for (const { seed, labels, ...expected } of REFERENCE) {
  test(`average precision is that of pycocotools, set ${seed}`, () => {
    const { truth, found } = randomBoxes(seed);
    const { labels: ofLabels, ...result } = averagePrecision(truth, found);
    assert.deepEqual(rounded(result), rounded(expected));
    const each = ofLabels.map(({ label, ap, ap50 }) => [label, [ap, ap50]] as const);
    assert.deepEqual(
      Object.fromEntries(each.map(([label, values]) => [label, values.map(tenDigits)])),
      Object.fromEntries(Object.entries(labels).map(([label, values]) => [label, values.map(tenDigits)])),
    );
  });
}

const tenDigits = (value: number) => value.toFixed(10);
const rounded = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tenDigits(value)]));
