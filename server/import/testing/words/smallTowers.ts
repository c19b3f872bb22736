import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OnnxGraph, type OnnxNode } from '../../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import { float32, int64 } from '../../onnx/tensor.ts';
import { seeded } from '../opHarness.ts';
import { clipTokenizer, KNOWN_WORDS, siglipTokenizer } from './tokenizers.ts';

/**
 * For tests: CLIP, SigLIP and OWL-ViT as optimum exports them, with their inputs and outputs by name and shape, and towers so small
 * that plain code can say what they must answer: a picture is its mean colour, a text the sum of the vectors of its tokens.
 */
export const SIDE = 16;
export const OWL_SIDE = 32;
/** Length of a vector. */
const SIZE = 4;
const NOISE = 0.05;
/** What words mean, as colours; of others, nothing. */
const MEANINGS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [2, -1, -1],
  green: [-1, 2, -1],
  blue: [-1, -1, 2],
};
export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711] as const;
export const LOGIT_SCALE = 2.3;
export const SIGLIP_BIAS = -4;

type Family = 'clip' | 'siglip' | 'owl';

export interface SmallTowers {
  /** Files of the folder, by name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** The vector of a text of these tokens, of length 1; without a mask, with its filling. */
  textVector(tokens: readonly number[]): number[];
  /** The vector of a mean colour, 0..255, of length 1. */
  pictureVector(mean: readonly number[]): number[];
  /** Numbers of the known words. */
  readonly ids: ReadonlyMap<string, number>;
  /** Tokens around a text, and what fills it up. */
  readonly first: number | undefined;
  readonly last: number;
  readonly pad: number;
}

class Graph {
  readonly graph = new OnnxGraph();

  add(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}, name = op): string {
    return this.graph.add(op, inputs, attributes, name);
  }
  floats = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    this.graph.constant(float32(shape, values), 'floats');
  ints = (...values: number[]) => this.graph.constant(int64(values), 'ints');

  /** Divided by its length, as transformers writes it. */
  unit(value: string, name: string): string {
    const length = this.add('ReduceL2', [value], { axes: { ints: [-1] }, keepdims: { int: 1 } });
    return this.add('Div', [value, length], {}, name);
  }
}

interface TowersOptions {
  /** `two`: the towers lie in two files, as Transformers.js has them. */
  readonly parts?: 'one' | 'two';
  /** The text tower takes an attention mask; SigLIP's does not. */
  readonly hasMask?: boolean;
}

export function smallTowers(
  family: Family,
  { parts = 'one', hasMask = family !== 'siglip' }: TowersOptions = {},
): SmallTowers {
  const tokenizer =
    family === 'siglip'
      ? siglipTokenizer()
      : family === 'owl'
        ? clipTokenizer({ padToken: '!', maxLength: 16 })
        : clipTokenizer();
  const random = seeded(7);
  const small = () => (random() - 0.5) * 2 * NOISE;
  const table = Array.from({ length: tokenizer.size * SIZE }, small);
  for (const word of KNOWN_WORDS) {
    const row = tokenizer.ids.get(word) ?? 0;
    for (const [at, value] of (MEANINGS[word] ?? []).entries()) table[row * SIZE + at] = value;
  }
  const rotation = Array.from({ length: SIZE * SIZE }, (_, at) => (at % (SIZE + 1) === 0 ? 1 : 0) + small());
  const colours = Array.from(
    { length: 3 * SIZE },
    (_, at) => (at % SIZE === Math.floor(at / SIZE) ? 1 : 0) + small(),
  );

  const text = (g: Graph): string => {
    const shape = ['text_batch_size', 'sequence_length'] as const;
    const ids = g.graph.input({ name: 'input_ids', dtype: 'int64', shape });
    const vectors = g.add('Gather', [g.floats(table, [tokenizer.size, SIZE]), ids]);
    let read = vectors;
    if (hasMask) {
      const mask = g.graph.input({ name: 'attention_mask', dtype: 'int64', shape });
      const column = g.add('Unsqueeze', [g.add('Cast', [mask], { to: { int: 1 } }), g.ints(-1)]);
      read = g.add('Mul', [vectors, column]);
    }
    const sum = g.add('ReduceSum', [read, g.ints(1)], { keepdims: { int: 0 } });
    return g.add(
      'MatMul',
      [sum, g.floats(rotation, [SIZE, SIZE])],
      {},
      parts === 'two' ? 'text_embeds' : 'projected',
    );
  };
  const picture = (g: Graph): string => {
    const shape = ['image_batch_size', 'num_channels', 'height', 'width'];
    const pixels = g.graph.input({ name: 'pixel_values', dtype: 'float32', shape });
    // A convolution that changes nothing shows where the channels are.
    const kernel = g.floats([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3, 1, 1]);
    return g.add('Conv', [pixels, kernel]);
  };
  const files: Record<string, string | Uint8Array> = {
    'tokenizer.json': tokenizer['tokenizer.json'],
    'tokenizer_config.json': tokenizer['tokenizer_config.json'],
    'config.json': JSON.stringify(CONFIGS[family]),
    'preprocessor_config.json': JSON.stringify(PREPROCESSORS[family]),
  };
  const ports = {
    textEmbeds: { name: 'text_embeds', dtype: 'float32', shape: ['text_batch_size', SIZE] },
    imageEmbeds: { name: 'image_embeds', dtype: 'float32', shape: ['image_batch_size', SIZE] },
  } as const;
  const seen = (g: Graph, name: string) => {
    const mean = g.add('Reshape', [g.add('GlobalAveragePool', [picture(g)]), g.ints(-1, 3)]);
    return g.add('MatMul', [mean, g.floats(colours, [3, SIZE])], {}, name);
  };
  if (parts === 'two') {
    const [textGraph, pictureGraph] = [new Graph(), new Graph()];
    textGraph.graph.output(ports.textEmbeds, text(textGraph));
    pictureGraph.graph.output(ports.imageEmbeds, seen(pictureGraph, 'image_embeds'));
    files['text_model.onnx'] = serialiseOnnx(textGraph.graph, 'text');
    files['vision_model.onnx'] = serialiseOnnx(pictureGraph.graph, 'vision');
  } else {
    const g = new Graph();
    const textEmbeds = g.unit(text(g), family === 'owl' ? 'query' : 'text_embeds');
    if (family === 'owl') addBoxes(g, textEmbeds, picture(g), colours);
    else {
      const imageEmbeds = g.unit(seen(g, 'seen'), 'image_embeds');
      const scale = g.add('Exp', [g.floats([LOGIT_SCALE], [])]);
      const turned = g.add('Transpose', [imageEmbeds], { perm: { ints: [1, 0] } });
      let perText = g.add('Mul', [g.add('MatMul', [textEmbeds, turned]), scale], {}, 'scaled');
      if (family === 'siglip') perText = g.add('Add', [perText, g.floats([SIGLIP_BIAS], [])]);
      const perImage = g.add('Transpose', [perText], { perm: { ints: [1, 0] } }, 'logits_per_image');
      g.graph.output(
        { name: 'logits_per_image', dtype: 'float32', shape: ['image_batch_size', 'text_batch_size'] },
        perImage,
      );
      g.graph.output(
        { name: 'logits_per_text', dtype: 'float32', shape: ['text_batch_size', 'image_batch_size'] },
        perText,
      );
      g.graph.output(ports.textEmbeds, textEmbeds);
      g.graph.output(ports.imageEmbeds, imageEmbeds);
    }
    files['model.onnx'] = serialiseOnnx(g.graph, family);
  }
  const product = (row: readonly number[], matrix: readonly number[]) =>
    Array.from({ length: SIZE }, (_, column) =>
      row.reduce((sum, value, at) => sum + value * (matrix[at * SIZE + column] ?? 0), 0),
    );
  const unit = (row: readonly number[]) => {
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  };
  const [mean, std] =
    family === 'siglip'
      ? [
          [0.5, 0.5, 0.5],
          [0.5, 0.5, 0.5],
        ]
      : [CLIP_MEAN, CLIP_STD];
  return {
    files,
    textVector: (tokens) =>
      unit(
        product(
          Array.from({ length: SIZE }, (_, at) =>
            tokens.reduce((sum, token) => sum + (table[token * SIZE + at] ?? 0), 0),
          ),
          rotation,
        ),
      ),
    pictureVector: (colour) =>
      unit(
        product(
          colour.map((value, at) => (value / 255 - (mean[at] ?? 0)) / (std[at] ?? 1)),
          colours,
        ),
      ),
    ids: tokenizer.ids,
    first: family === 'siglip' ? undefined : tokenizer.size - 2,
    last: family === 'siglip' ? 1 : tokenizer.size - 1,
    pad: family === 'siglip' ? 1 : family === 'owl' ? 0 : tokenizer.size - 1,
  };
}

/** OWL-ViT: a query for each patch, compared with the texts of its picture; a text that begins with 0 is none. */
function addBoxes(g: Graph, texts: string, pixels: string, colours: readonly number[]): void {
  const patch = OWL_SIDE / 2;
  const pooled = g.add('AveragePool', [pixels], {
    kernel_shape: { ints: [patch, patch] },
    strides: { ints: [patch, patch] },
  });
  const map = g.add('Transpose', [pooled], { perm: { ints: [0, 2, 3, 1] } });
  const features = g.add('MatMul', [map, g.floats(colours, [3, SIZE])], {}, 'feature_map');
  const side = (value: string, at: number) =>
    g.add('Gather', [g.add('Shape', [value]), g.ints(at)], { axis: { int: 0 } });
  const pictures = side(features, 0);
  const rows = g.add('Mul', [side(features, 1), side(features, 2)]);
  const patches = g.add('Reshape', [
    features,
    g.add('Concat', [pictures, rows, g.ints(SIZE)], { axis: { int: 0 } }),
  ]);
  const each = g.add('Div', [side('input_ids', 0), pictures]);
  const queries = g.add(
    'Reshape',
    [texts, g.add('Concat', [pictures, each, g.ints(SIZE)], { axis: { int: 0 } })],
    {},
    'text_embeds',
  );
  const ids = g.add('Reshape', [
    'input_ids',
    g.add('Concat', [pictures, each, side('input_ids', 1)], { axis: { int: 0 } }),
  ]);
  const first = g.add('Gather', [ids, g.graph.constant(int64([0], []), 'zero')], { axis: { int: 2 } });
  const isThere = g.add('Unsqueeze', [
    g.add('Greater', [first, g.graph.constant(int64([0], []), 'none')]),
    g.ints(1),
  ]);
  const seen = g.unit(patches, 'image_class_embeds');
  const cosines = g.add('MatMul', [seen, g.add('Transpose', [queries], { perm: { ints: [0, 2, 1] } })]);
  const scaled = g.add('Mul', [
    g.add('Add', [cosines, g.floats([OWL_SHIFT], [])]),
    g.floats([OWL_SCALE], []),
  ]);
  const logits = g.add('Where', [isThere, scaled, g.floats([-1e6], [])]);
  // Boxes lie on their patches, and are as wide as those are red.
  const centres = g.floats([0.25, 0.25, 0.75, 0.25, 0.25, 0.75, 0.75, 0.75], [1, 4, 2]);
  const spread = g.add('Sigmoid', [g.add('Slice', [patches, g.ints(0), g.ints(2), g.ints(2)])]);
  const sides = g.add('Mul', [spread, g.floats([0.4], [])]);
  const zeros = g.add('Mul', [sides, g.floats([0], [])]);
  const boxes = g.add('Concat', [g.add('Add', [zeros, centres]), sides], { axis: { int: 2 } });
  const output = (name: string, shape: readonly (number | string)[], value: string) =>
    g.graph.output({ name, dtype: 'float32', shape }, value);
  output('logits', ['batch', 'num_queries', 'num_texts'], logits);
  output('pred_boxes', ['batch', 'num_queries', 4], boxes);
  output('text_embeds', ['batch', 'num_texts', SIZE], queries);
  output('image_embeds', ['batch', 'rows', 'columns', SIZE], features);
}
export const OWL_SCALE = 6;
export const OWL_SHIFT = -0.5;

const CONFIGS: Readonly<Record<Family, object>> = {
  clip: {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    logit_scale_init_value: 2.6592,
    text_config: { max_position_embeddings: 77 },
  },
  siglip: {
    architectures: ['SiglipModel'],
    model_type: 'siglip',
    text_config: { max_position_embeddings: 64 },
  },
  owl: {
    architectures: ['OwlViTForObjectDetection'],
    model_type: 'owlvit',
    text_config: { max_position_embeddings: 16 },
  },
};

const PREPROCESSORS: Readonly<Record<Family, object>> = {
  clip: {
    crop_size: { height: SIDE, width: SIDE },
    do_center_crop: true,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: CLIP_MEAN,
    image_processor_type: 'CLIPImageProcessor',
    image_std: CLIP_STD,
    resample: 3,
    rescale_factor: 1 / 255,
    size: { shortest_edge: SIDE },
  },
  siglip: {
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_processor_type: 'SiglipImageProcessor',
    image_std: [0.5, 0.5, 0.5],
    resample: 3,
    rescale_factor: 1 / 255,
    size: { height: SIDE, width: SIDE },
  },
  owl: {
    do_center_crop: false,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: CLIP_MEAN,
    image_processor_type: 'OwlViTImageProcessor',
    image_std: CLIP_STD,
    resample: 3,
    rescale_factor: 1 / 255,
    size: { height: OWL_SIDE, width: OWL_SIDE },
  },
};

/** Writes them as a folder. */
export async function writeTowers(dir: string, { files }: SmallTowers): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(dir, name), content);
  return dir;
}
