import assert from 'node:assert/strict';
import test from 'node:test';
import { SmallNetwork, smallPictures } from '../testing/smallNetwork.ts';
import { calibrate } from './calibrate.ts';
import { readNetwork } from './network.ts';
import { isScore, scoreRange } from './scoreValues.ts';

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

test('a score is as near as uint8 allows, whatever the logit', () => {
  const { scale, zeroPoint } = scoreRange();
  let largest = 0;
  for (let logit = -30; logit < 30; logit += 0.01) {
    const step = Math.max(0, Math.min(255, Math.round(logit / scale) + zeroPoint));
    largest = Math.max(largest, Math.abs(sigmoid(logit) - sigmoid((step - zeroPoint) * scale)));
  }
  assert.ok(largest < 0.006, `${largest}`);
});

test('logits whose scores are read get that range, all others the one that pictures show', async () => {
  const net = new SmallNetwork();
  const scores = net.conv(net.pixels, [4, 3, 1], { gain: () => 40, name: 'shown' });
  const gated = net.conv(net.pixels, [4, 3, 1], { gain: () => 40, name: 'gated' });
  const swish = net.add('Mul', gated, net.add('Sigmoid', gated));
  const model = net.model(net.add('Add', net.add('Sigmoid', net.add('Identity', scores)), swish), 4);
  const network = readNetwork(model);
  const task = { model, network, units: [], inputName: 'image' };
  const { ranges } = await calibrate(task, smallPictures(4));
  assert.deepEqual(ranges.get(scores), scoreRange());
  assert.ok((ranges.get(gated)?.scale ?? 0) > 2 * scoreRange().scale);
});

test('values that part and join again forty times are looked at once each', () => {
  const node = [...Array(40).keys()].flatMap((at) => [
    { opType: 'Identity', input: [`x${at}`], output: [`a${at}`] },
    { opType: 'Identity', input: [`x${at}`], output: [`b${at}`] },
    { opType: 'Concat', input: [`a${at}`, `b${at}`], output: [`x${at + 1}`] },
  ]);
  const end = (opType: string) => ({ opType, input: ['x40'], output: ['scores'] });
  const graph = (opType: string) => ({ node: [...node, end(opType)], output: [{ name: 'scores' }] });
  assert.equal(isScore('x0', readNetwork({ graph: graph('Sigmoid') })), true);
  assert.equal(isScore('x0', readNetwork({ graph: graph('Relu') })), false);
});
