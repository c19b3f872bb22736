import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';

/**
 * Files whose refusals are still in English alone. A text is no sentence of protocol/sentences/, whose tables have a
 * translation each (app/ui/words/sentences.test.ts). None may be added, and one that has no such text left goes.
 */
const ENGLISH_ALONE: readonly string[] = [
  'convert/convert.ts',
  'convert/graph/converter.ts',
  'convert/graph/tfjsGraph.ts',
  'convert/layers/activations.ts',
  'convert/layers/imageLayers.ts',
  'convert/layers/layerContext.ts',
  'convert/layers/layersModel.ts',
  'convert/layers/plainLayers.ts',
  'convert/layers/preprocessingLayers.ts',
  'convert/layers/topology.ts',
  'convert/ops/arithmetic.ts',
  'convert/ops/choice.ts',
  'convert/ops/convolution.ts',
  'convert/ops/matrix.ts',
  'convert/ops/pooling.ts',
  'convert/ops/rounding.ts',
  'convert/ops/shape.ts',
  'convert/ops/sizes.ts',
  'convert/ops/slicing.ts',
  'convert/ops/splitting.ts',
  'convert/teachableMachine.ts',
  'convert/tfjsModel.ts',
  'onnx/dims.ts',
  'onnx/externalData.ts',
  'onnx/liftOpset.ts',
  'onnx/tensor.ts',
  'onnx/tensorSize.ts',
  'quantize/quantizeGraph.ts',
  'quantize/quantizeVersion.ts',
  'score/boxJudge.ts',
  'score/classFolders.ts',
  'score/nameJudge.ts',
  'score/openJudges.ts',
  'score/pixelJudge.ts',
  'score/scoreVersions.ts',
];

/** A text where an error or a node of a graph says why it is refused. */
const PLAIN_TEXT =
  /new ImportError\(\s*'\w+',\s*(?:[\w.?! ]+\?\s*)?['"`]|\.(?:unsupported|malformed)\(\s*['"`]|(?:unsupported|malformed)\(\w+: string\)/;

test('import errors are worded in every language of the page, but for those of files that are listed', async () => {
  const folder = import.meta.dirname;
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^testing/.test(file))
    .toSorted();
  const found: string[] = [];
  for (const file of files) {
    if (PLAIN_TEXT.test(await readFile(path.join(folder, file), 'utf8')))
      found.push(file.split(path.sep).join('/'));
  }
  assert.deepEqual(found.toSorted(), [...ENGLISH_ALONE].toSorted());
});
