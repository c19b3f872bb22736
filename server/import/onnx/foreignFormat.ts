/** What a file is that was taken for a model, and what to give instead. */
export interface ForeignFormat {
  what: string;
  instead: string;
}

const EXPORT = 'models/export has a script that writes ONNX from PyTorch and fastai.';
const archive = (kind: string): ForeignFormat => ({ what: kind, instead: 'Unpack it and give the folder.' });

/** Formats by bytes at a place near the start of a file. */
const MARKS: readonly [at: number, marks: readonly string[], format: ForeignFormat][] = [
  [
    0,
    ['version https://git-lfs'],
    { what: 'a Git LFS pointer, which stands for the file', instead: '"git lfs pull" brings the file.' },
  ],
  // Flatbuffers: four bytes of an offset, which is small, then the kind.
  [
    2,
    ['\0\0ORTM'],
    { what: 'a model in the ORT format', instead: 'Give the .onnx file that it was made from.' },
  ],
  [
    2,
    ['\0\0TFL3'],
    {
      what: 'a TensorFlow Lite model',
      instead: '"python -m tf2onnx.convert --tflite FILE --output model.onnx" makes an ONNX file of it.',
    },
  ],
  [
    0,
    ['\x89HDF'],
    {
      what: 'a Keras file',
      instead: '"tensorflowjs_converter --input_format=keras FILE FOLDER" converts it; then give the folder.',
    },
  ],
  [
    0,
    ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    { what: 'a PyTorch or pickle file', instead: EXPORT },
  ],
  [4, ['\0\0\0\0{"'], { what: 'a safetensors file, weights without a network', instead: EXPORT }],
  [
    0,
    ['GGUF'],
    { what: 'a GGUF file, a language model', instead: 'Only models of pictures can be imported.' },
  ],
  [0, ['\x89PNG', '\xff\xd8\xff'], { what: 'a picture', instead: 'Give the model itself.' }],
  [0, ['\x1f\x8b'], archive('a gzip archive')],
  [0, ['PK\x03\x04', 'PK\x05\x06'], archive('a zip archive')],
  [0, ['7z\xbc\xaf\x27\x1c'], archive('a 7z archive')],
  [0, ['Rar!\x1a\x07'], archive('a RAR archive')],
  [0, ['\xfd7zXZ'], archive('an xz archive')],
  [0, ['BZh9'], archive('a bzip2 archive')],
  [0, ['\x28\xb5\x2f\xfd'], archive('a zstd archive')],
  [257, ['ustar'], archive('a tar archive')],
];

const OPENVINO: ForeignFormat = {
  what: 'an OpenVINO model',
  instead: 'Give the ONNX file that it was made from.',
};
const WEB_PAGE: ForeignFormat = {
  what: 'a web page',
  instead:
    'Give the address of the file itself (the link of "Download" or "Raw"), or hf:owner/name for a model of Hugging Face.',
};

/** Number of bytes at the start of a file that identify its format. */
export const FORMAT_BYTES = 512;

/**
 * Tells by its first bytes what a file is that is no ONNX.
 * @param bytes the first `FORMAT_BYTES` of it, or more
 * @returns undefined for what may be ONNX, JSON or anything
 */
export function foreignFormat(bytes: Uint8Array): ForeignFormat | undefined {
  const start = Buffer.from(bytes.subarray(0, FORMAT_BYTES)).toString('latin1');
  if (/^\s*(<\?xml[^>]*>\s*)?<net[\s>]/.test(start)) return OPENVINO;
  if (/^\s*<(!doctype|html|head|body|\?xml)/i.test(start)) return WEB_PAGE;
  return MARKS.find(([at, marks]) => marks.some((mark) => start.startsWith(mark, at)))?.[2];
}
