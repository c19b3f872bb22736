import type { Sentence } from '../../../protocol/sentence.ts';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
/** What a file is that was taken for a model, and what to give instead. */
export interface ForeignFormat {
  what: Sentence;
  instead: Sentence;
}

const EXPORT = aboutSource('advice_export');
type Archive = `format_${'gzip' | 'zip' | '7z' | 'rar' | 'xz' | 'bzip2' | 'zstd' | 'tar'}`;
const archive = (kind: Archive): ForeignFormat => ({
  what: aboutSource(kind),
  instead: aboutSource('advice_unpack'),
});

/** Formats by bytes at a place near the start of a file. */
const MARKS: readonly [at: number, marks: readonly string[], format: ForeignFormat][] = [
  [0, ['version https://git-lfs'], { what: aboutSource('format_lfs'), instead: aboutSource('advice_lfs') }],
  // Flatbuffers: four bytes of an offset, which is small, then the kind.
  [2, ['\0\0ORTM'], { what: aboutSource('format_ort'), instead: aboutSource('advice_ort') }],
  [
    0,
    ['\x89HDF'],
    {
      what: aboutSource('format_keras'),
      instead: aboutSource('advice_keras'),
    },
  ],
  [
    0,
    ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    { what: aboutSource('format_pytorch'), instead: EXPORT },
  ],
  [4, ['\0\0\0\0{"'], { what: aboutSource('format_safetensors'), instead: EXPORT }],
  [0, ['ftrt'], { what: aboutSource('format_tensorrt'), instead: aboutSource('advice_origin') }],
  [0, ['7767517\n'], { what: aboutSource('format_ncnn'), instead: aboutSource('advice_origin') }],
  [0, ['\x93NUMPY'], { what: aboutSource('format_numpy'), instead: aboutSource('advice_origin') }],
  [0, ['GGUF'], { what: aboutSource('format_gguf'), instead: aboutSource('advice_pictures_only') }],
  [
    0,
    ['\x89PNG', '\xff\xd8\xff'],
    { what: aboutSource('format_picture'), instead: aboutSource('advice_model_itself') },
  ],
  [0, ['\x1f\x8b'], archive('format_gzip')],
  [0, ['PK\x03\x04', 'PK\x05\x06'], archive('format_zip')],
  [0, ['7z\xbc\xaf\x27\x1c'], archive('format_7z')],
  [0, ['Rar!\x1a\x07'], archive('format_rar')],
  [0, ['\xfd7zXZ'], archive('format_xz')],
  [0, ['BZh9'], archive('format_bzip2')],
  [0, ['\x28\xb5\x2f\xfd'], archive('format_zstd')],
  [257, ['ustar'], archive('format_tar')],
];

/** Formats whose bytes tell nothing, or which are folders: by the name. */
const NAMES: readonly [name: RegExp, format: ForeignFormat][] = [
  [/\.(pth?|pkl|ckpt)$/i, { what: aboutSource('format_pytorch'), instead: EXPORT }],
  [/\.safetensors$/i, { what: aboutSource('format_safetensors'), instead: EXPORT }],
  [/\.(h5|hdf5|keras)$/i, { what: aboutSource('format_keras'), instead: aboutSource('advice_keras') }],
  [
    /\.(mlmodel|mlmodelc|mlpackage)(\/|$)/i,
    { what: aboutSource('format_core_ml'), instead: aboutSource('advice_origin') },
  ],
  [/\.(engine|plan|trt)$/i, { what: aboutSource('format_tensorrt'), instead: aboutSource('advice_origin') }],
  [/\.mnn$/i, { what: aboutSource('format_mnn'), instead: aboutSource('advice_origin') }],
  [
    /(\.ncnn\.bin|\.param|\.param\.bin)$/i,
    { what: aboutSource('format_ncnn'), instead: aboutSource('advice_origin') },
  ],
  [
    /\.(pdmodel|pdiparams|pdparams)$/i,
    { what: aboutSource('format_paddle'), instead: aboutSource('advice_paddle') },
  ],
  [/\.rknn$/i, { what: aboutSource('format_rknn'), instead: aboutSource('advice_origin') }],
  [/\.(caffemodel|prototxt)$/i, { what: aboutSource('format_caffe'), instead: aboutSource('advice_origin') }],
  [/\.pb(txt)?$/i, { what: aboutSource('format_frozen'), instead: aboutSource('advice_frozen') }],
  [/\.(npz|npy)$/i, { what: aboutSource('format_numpy'), instead: aboutSource('advice_origin') }],
  [/\.gguf$/i, { what: aboutSource('format_gguf'), instead: aboutSource('advice_pictures_only') }],
  [
    /weights_manifest\.json$/i,
    { what: aboutSource('format_weights_manifest'), instead: aboutSource('advice_weights_manifest') },
  ],
  [/\.[cm]?js$/i, { what: aboutSource('format_javascript'), instead: aboutSource('advice_javascript') }],
];

/** What a file is by its name alone, where that says that it is no model that is taken. @param name or path, with "/" */
export const foreignByName = (name: string): ForeignFormat | undefined =>
  NAMES.find(([mark]) => mark.test(name))?.[1];

/** The TensorFlow.js of before version 1: a list of weights, where a model is an object. */
const WEIGHTS_MANIFEST = /^\s*\[\s*\{\s*"(weights|paths)"\s*:/;

const OPENVINO: ForeignFormat = {
  what: aboutSource('format_openvino'),
  instead: aboutSource('advice_openvino'),
};
const WEB_PAGE: ForeignFormat = {
  what: aboutSource('format_web'),
  instead: aboutSource('advice_web'),
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
  if (WEIGHTS_MANIFEST.test(start)) return foreignByName('weights_manifest.json');
  return MARKS.find(([at, marks]) => marks.some((mark) => start.startsWith(mark, at)))?.[2];
}
