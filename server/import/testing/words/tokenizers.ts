/**
 * For tests: tokenizers in the form of openai/clip-vit-base-patch32 and google/siglip-base-patch16-224, with the few words that small
 * towers know. Other letters are tokens of their own.
 */

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789.,!?-'];

/** What text towers of tests know; a word's place is its place in the table of vectors. */
export const KNOWN_WORDS = [
  'red',
  'green',
  'blue',
  'grey',
  'photo',
  'of',
  'a',
  'this',
  'is',
  'an',
  'the',
] as const;

interface TokenizerFiles {
  readonly 'tokenizer.json': string;
  readonly 'tokenizer_config.json': string;
  /** Numbers of the known words. */
  readonly ids: ReadonlyMap<string, number>;
  readonly size: number;
}

/** Pairs of byte-pair encoding that join a word from its letters, left to right. */
function mergesOf(word: string): [string, string][] {
  const pairs: [string, string][] = [];
  const letters = [...word];
  let joined = letters[0] ?? '';
  for (const [at, letter] of letters.slice(1).entries()) {
    const isLast = at === letters.length - 2;
    pairs.push([joined, isLast ? `${letter}</w>` : letter]);
    joined += isLast ? `${letter}</w>` : letter;
  }
  return pairs;
}

export function clipTokenizer({ padToken = '<|endoftext|>', maxLength = 77 } = {}): TokenizerFiles {
  const vocab = new Map<string, number>();
  const add = (token: string) => {
    if (!vocab.has(token)) vocab.set(token, vocab.size);
  };
  for (const letter of ['!', ...LETTERS]) add(letter);
  for (const letter of LETTERS) add(`${letter}</w>`);
  const merges: string[] = [];
  // Pairs of long words first: "re" of "red" would tear "green".
  for (const word of [...KNOWN_WORDS].sort((a, b) => b.length - a.length)) {
    for (const pair of mergesOf(word)) {
      add(pair.join(''));
      if (!merges.includes(pair.join(' '))) merges.push(pair.join(' '));
    }
  }
  const first = '<|startoftext|>';
  const last = '<|endoftext|>';
  add(first);
  add(last);
  const [firstId, lastId] = [vocab.get(first) ?? 0, vocab.get(last) ?? 0];
  const special = (content: string, id: number) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: true,
    special: true,
  });
  return {
    'tokenizer.json': JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [special(first, firstId), special(last, lastId)],
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'NFC' },
          { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
          { type: 'Lowercase' },
        ],
      },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          {
            type: 'Split',
            pattern: {
              Regex:
                "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
            },
            behavior: 'Removed',
            invert: true,
          },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
        ],
      },
      post_processor: {
        type: 'RobertaProcessing',
        sep: [last, lastId],
        cls: [first, firstId],
        trim_offsets: false,
        add_prefix_space: false,
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: last,
        continuing_subword_prefix: '',
        end_of_word_suffix: '</w>',
        fuse_unk: false,
        vocab: Object.fromEntries(vocab),
        merges,
      },
    }),
    'tokenizer_config.json': JSON.stringify({
      bos_token: { __type: 'AddedToken', content: first },
      eos_token: { __type: 'AddedToken', content: last },
      unk_token: { __type: 'AddedToken', content: last },
      pad_token: padToken,
      model_max_length: maxLength,
      tokenizer_class: 'CLIPTokenizer',
    }),
    ids: new Map(KNOWN_WORDS.map((word) => [word, vocab.get(`${word}</w>`) ?? -1])),
    size: vocab.size,
  };
}

/** SigLIP's: pieces with their scores, of which a text gets the likeliest; everything in lower case, without punctuation. */
export function siglipTokenizer(): TokenizerFiles {
  const pieces: [string, number][] = [
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', -100],
    ...KNOWN_WORDS.map((word): [string, number] => [`▁${word}`, -3]),
    ['▁', -5],
    ...LETTERS.map((letter): [string, number] => [letter, -10]),
  ];
  const special = (content: string, id: number) => ({ id, content, special: true, normalized: false });
  return {
    'tokenizer.json': JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [special('<pad>', 0), special('</s>', 1), special('<unk>', 2)],
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Lowercase' },
          { type: 'Replace', pattern: { Regex: '[!-/:-@\\[-`{-~]' }, content: '' },
          { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
          { type: 'Strip', strip_left: true, strip_right: true },
        ],
      },
      pre_tokenizer: {
        type: 'Metaspace',
        replacement: '▁',
        add_prefix_space: true,
        prepend_scheme: 'always',
      },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
        pair: [],
        special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
      },
      decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
      model: { type: 'Unigram', unk_id: 2, vocab: pieces },
    }),
    'tokenizer_config.json': JSON.stringify({
      eos_token: '</s>',
      pad_token: '</s>',
      unk_token: '<unk>',
      model_max_length: 64,
      tokenizer_class: 'SiglipTokenizer',
    }),
    ids: new Map(KNOWN_WORDS.map((word) => [word, pieces.findIndex(([piece]) => piece === `▁${word}`)])),
    size: pieces.length,
  };
}
