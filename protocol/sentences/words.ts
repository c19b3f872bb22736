import { sentencesOf } from '../sentence.ts';

/** What is said of the words that a model with a text tower looks for. */
export const WORDS = {
  words_none: 'No word is given. Name what to look for, such as "a cat, a mug".',
  words_empty: 'Word {number} of {count} is empty. Leave it out, or name what to look for.',
  words_too_many: '{count} words are given; {max} is the limit.',
  words_too_many_letters: 'Word {number} has {length} characters; {max} is the limit.',
  words_one_alone:
    'This model shares 100 % out among its words (softmax), so "{word}" alone would always hold. Give two words or more, such as "{word}, something else".',
  words_too_long:
    '"{word}" is too long: as "{prompt}" it has {tokens} tokens, and this model reads {max}. Use fewer words.',
  words_unknown:
    'The tokenizer of this model knows no part of "{word}". Use a language that the model was trained on, such as English.',
  words_fixed:
    '"{id}" has fixed labels. Only a model with a text tower (CLIP, SigLIP, OWL-ViT) looks for words.',
  words_late: 'Version {version} has become live in the meantime. Choose the words again.',
  words_no_tokenizer:
    'The model takes words, and the file "{file}" that turns them into numbers is missing. Give the whole folder with tokenizer.json, tokenizer_config.json, config.json and preprocessor_config.json.',
  words_bad_file: '"{file}" cannot be used: {why}',
  words_bad_token: 'The tokenizer gives the number {token} for "{word}", which no text tower has.',
  words_mixed:
    'The graph mixes words and picture before its output "{output}", so its words cannot be set beforehand. Export it with the outputs text_embeds and logits_per_image, or logits and pred_boxes, such as by "optimum-cli export onnx --model MODEL FOLDER".',
  words_unknown_input:
    'The text tower takes the input "{input}"; input_ids, attention_mask, token_type_ids and position_ids are known.',
  words_text_failed: 'The text tower cannot be run: {why}',
  words_text_shape: 'The text tower gives {shape} for {count} words; a vector for each word was expected.',
  words_no_scale:
    'SigLIP in two files does not say its scale and bias, without which no score is right. Use the joint model.onnx of the same repository, which has them.',
  words_read: 'Reading the words',
} as const;

export const aboutWords = sentencesOf(WORDS);
