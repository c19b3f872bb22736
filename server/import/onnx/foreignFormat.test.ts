import assert from 'node:assert/strict';
import test from 'node:test';
import { foreignByName, foreignFormat } from './foreignFormat.ts';

const CASES = [
  ['best.pt', /PyTorch/, /yolo export.*optimum-cli/],
  ['weights/last.PTH', /PyTorch/, /models\/export/],
  ['model.safetensors', /safetensors/, /optimum-cli/],
  ['birds.h5', /Keras/, /format="onnx"/],
  ['birds.keras', /Keras/, /tensorflowjs_converter/],
  ['Birds.mlpackage/Data/com.apple.CoreML/weights/weight.bin', /Core ML/, /yolo export/],
  ['yolo.engine', /TensorRT/, /yolo export/],
  ['det.mnn', /MNN/, /Export the model that it was made from/],
  ['det.ncnn.bin', /ncnn/, /Export the model that it was made from/],
  ['det.param', /ncnn/, /Export the model that it was made from/],
  ['inference.pdmodel', /Paddle/, /paddle2onnx/],
  ['saved_model.pb', /TensorFlow/, /tf2onnx/],
  ['model.min.js', /JavaScript/, /model\.json/],
  ['tiny_face_detector_model-weights_manifest.json', /weights/, /face-api\.js/],
] as const;

test('formats of others are known by their names, with what to export instead', () => {
  for (const [name, what, instead] of CASES) {
    const found = foreignByName(name);
    assert.match(found?.what.text ?? '', what, name);
    assert.match(found?.instead.text ?? '', instead, name);
  }
  for (const name of ['model.onnx', 'model.json', 'a.tflite', 'group1-shard1of2.bin', 'birds']) {
    assert.equal(foreignByName(name), undefined, name);
  }
});

test('formats of others are known by their first bytes, whatever they are called', () => {
  for (const [start, what] of [
    ['7767517\n75 83\nInput', /ncnn/],
    ['ftrt\0\0\0\0', /TensorRT/],
    ['[{"weights":[{"name":"conv0/filters"', /weights/],
    ['<?xml version="1.0"?>\n<net name="yolo"', /OpenVINO/],
    ['\x89HDF\r\n', /Keras/],
  ] as const) {
    assert.match(foreignFormat(Buffer.from(start, 'latin1'))?.what.text ?? '', what, start);
  }
  assert.equal(foreignFormat(Buffer.from('{"modelTopology":')), undefined);
});
