import { aboutWords } from '../../../protocol/sentences/words.ts';
import { ImportError } from '../importError.ts';
import { GraphParts } from '../onnx/cutGraph.ts';
import { withFields } from '../onnx/onnxBytes.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../onnx/onnxFile.ts';
import { nodeProto, tensorProto } from '../onnx/onnxModel.ts';
import { float32 } from '../onnx/tensor.ts';
import type { EmbeddedWords } from './textTower.ts';

/** A model with a text tower, in two parts. */
export interface Towers {
  /** From `input_ids` and what goes with them to a vector for each text. */
  readonly text: ModelProto;
  readonly textOutput: string;
  /** From pictures to the model's answers; it reads the vectors of words from constants, which `withWords` puts in. */
  readonly picture: ModelProto;
  readonly kind: 'scores' | 'boxes';
  /** Vectors come as long as they are. */
  readonly normalises: boolean;
}

export const PICTURE_INPUT = 'pixel_values';
const TOKENS_INPUT = 'input_ids';
const MASK_INPUT = 'attention_mask';

/** Constants of a picture tower, by what they hold. */
const CONSTANTS = {
  embeddings: 'words:embeddings',
  tokens: 'words:input_ids',
  mask: 'words:attention_mask',
} as const;

/** Ops that move vectors and change none. */
const MOVING: ReadonlySet<string> = new Set([
  'Identity',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Cast',
  'Expand',
]);
/** Ops that do the work of a network. */
const WORKING: ReadonlySet<string> = new Set([
  'MatMul',
  'Gemm',
  'MatMulInteger',
  'LayerNormalization',
  'Attention',
]);

const inputsOf = (graph: GraphProto): ValueInfoProto[] => {
  const weights = new Set((graph.initializer ?? []).map(({ name }) => name));
  return (graph.input ?? []).filter(({ name }) => !weights.has(name));
};
export const inputNames = (model: ModelProto): string[] =>
  inputsOf(model.graph ?? {}).map(({ name }) => name ?? '');
const outputNames = (model: ModelProto): string[] =>
  (model.graph?.output ?? []).map(({ name }) => name ?? '');

/**
 * Parts a graph that takes words and a picture, as optimum and Transformers.js export CLIP, SigLIP and OWL-ViT.
 * @returns undefined where it is no such graph
 * @throws ImportError `unsupported_model` where words and picture are mixed before the vectors
 */
export function splitJoint(model: ModelProto): Towers | undefined {
  const inputs = inputNames(model);
  if (!inputs.includes(TOKENS_INPUT) || !inputs.includes(PICTURE_INPUT)) return undefined;
  const named = outputNames(model);
  const has = (...names: string[]) => names.every((name) => named.includes(name));
  if (!has('text_embeds')) return undefined;
  const kind = has('logits', 'pred_boxes') ? 'boxes' : has('logits_per_image') ? 'scores' : undefined;
  if (kind === undefined) return undefined;
  const parts = new GraphParts(model.graph ?? {});
  const vectors = vectorsOf(parts);
  const outputs = kind === 'boxes' ? ['logits', 'pred_boxes'] : ['logits_per_image'];
  const given = new Set([vectors, TOKENS_INPUT, MASK_INPUT]);
  const behindText = parts.behind([vectors]).nodes;
  const behindAnswers = parts.behind(outputs, given);
  // What the answers read of the words must be their vectors alone, and which of them are there.
  const isMixed = [...behindAnswers.nodes].some(
    (node) => behindText.has(node) && WORKING.has(node.opType ?? ''),
  );
  if (isMixed || !behindAnswers.names.has(vectors)) throw mixed('text_embeds');
  const text = parts.cut(model, [vectors]);
  const cut = parts.cut(model, outputs, given);
  const from = { embeddings: vectors, tokens: TOKENS_INPUT, mask: MASK_INPUT };
  const read = (Object.keys(from) as (keyof typeof from)[]).filter((one) =>
    behindAnswers.names.has(from[one]),
  );
  const aliases = read.map((one) => identity(CONSTANTS[one], from[one]));
  const graph = cut.graph ?? {};
  return {
    kind,
    text,
    textOutput: vectors,
    normalises: false,
    picture: withFields(cut, {
      graph: withFields(graph, {
        node: [...aliases, ...(graph.node ?? [])],
        input: inputsOf(graph).map((port) => (kind === 'boxes' ? forOnePicture(port) : port)),
        output: (graph.output ?? []).map(withoutShape),
      }),
    }),
  };
}

/** The vectors of the words, before anything of the picture says how they are laid out. */
function vectorsOf(parts: GraphParts): string {
  for (let value = 'text_embeds'; ; ) {
    const node = parts.maker(value);
    const [input] = node?.input ?? [];
    const ofPicture = parts.behind([value]).names.has(PICTURE_INPUT);
    if (!ofPicture && node?.opType !== 'Identity') return value;
    if (input === undefined || !MOVING.has(node?.opType ?? '')) throw mixed('text_embeds');
    value = input;
  }
}

/**
 * Two graphs, as Transformers.js exports them next to the joint one: each gives vectors that are compared by their angle.
 * @param scale what the cosine is multiplied by
 * @throws ImportError `unsupported_model`
 */
export function joinTowers(
  picture: ModelProto,
  text: ModelProto,
  { scale, bias }: { scale: number; bias: number },
): Towers {
  const find = (model: ModelProto, names: readonly string[]) => {
    const found = names.find((name) => outputNames(model).includes(name));
    if (found === undefined) throw mixed(names[0] ?? '');
    return found;
  };
  const textOutput = find(text, ['text_embeds', 'pooler_output']);
  const pictureOutput = find(picture, ['image_embeds', 'pooler_output']);
  const seen = new GraphParts(picture.graph ?? {}).cut(picture, [pictureOutput]);
  const graph = seen.graph ?? {};
  const own = (name: string) => `words:${name}`;
  const steps = [
    node('Cast', [pictureOutput], own('float'), { to: { int: 1 } }),
    node('LpNormalization', [own('float')], own('unit'), { axis: { int: -1 }, p: { int: 2 } }),
    node('Cast', [CONSTANTS.embeddings], own('words'), { to: { int: 1 } }),
    node('Transpose', [own('words')], own('columns'), { perm: { ints: [1, 0] } }),
    node('MatMul', [own('unit'), own('columns')], own('cosines')),
    node('Mul', [own('cosines'), own('scale')], own('scaled')),
    node('Add', [own('scaled'), own('bias')], 'logits_per_image'),
  ];
  return {
    kind: 'scores',
    text: new GraphParts(text.graph ?? {}).cut(text, [textOutput]),
    textOutput,
    normalises: true,
    picture: withFields(seen, {
      graph: withFields(graph, {
        node: [...(graph.node ?? []), ...steps],
        initializer: [
          ...(graph.initializer ?? []),
          tensorProto(own('scale'), float32([], [scale])),
          tensorProto(own('bias'), float32([], [bias])),
        ],
        input: inputsOf(graph),
        output: [{ name: 'logits_per_image', type: { tensorType: { elemType: 1 } } }],
      }),
    }),
  };
}

/** A picture tower that looks for these words; those that it looked for are forgotten. */
export function withWords(picture: ModelProto, words: EmbeddedWords): ModelProto {
  const graph = picture.graph ?? {};
  const read = new Set((graph.node ?? []).flatMap(({ input }) => input ?? []));
  const names = new Map(Object.entries(CONSTANTS).map(([what, name]) => [name as string, what]));
  const constants = (Object.keys(CONSTANTS) as (keyof typeof CONSTANTS)[]).flatMap((what): TensorProto[] =>
    read.has(CONSTANTS[what]) ? [{ name: CONSTANTS[what], ...words[what] }] : [],
  );
  const others = (graph.initializer ?? []).filter(({ name }) => !names.has(name ?? ''));
  return withFields(picture, { graph: withFields(graph, { initializer: [...others, ...constants] }) });
}

const identity = (from: string, to: string): NodeProto => node('Identity', [from], to);

const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes: Parameters<typeof nodeProto>[0]['attributes'] = {},
) => ({ ...nodeProto({ op, inputs, outputs: [output], attributes }), name: '' }) satisfies NodeProto;

/** How many words there are stands in the shape that a file declares. */
const withoutShape = ({ name = '', type }: ValueInfoProto): ValueInfoProto => ({
  name,
  type: { tensorType: { elemType: type?.tensorType?.elemType ?? 1 } },
});

/** These graphs share the texts out among the pictures. */
function forOnePicture(port: ValueInfoProto): ValueInfoProto {
  const tensor = port.type?.tensorType;
  const [first, ...dim] = tensor?.shape?.dim ?? [];
  if (port.name !== PICTURE_INPUT || tensor == null || first === undefined) return port;
  return withFields(port, { type: { tensorType: { ...tensor, shape: { dim: [{ dimValue: 1 }, ...dim] } } } });
}

const mixed = (output: string) => new ImportError('unsupported_model', aboutWords('words_mixed', { output }));
