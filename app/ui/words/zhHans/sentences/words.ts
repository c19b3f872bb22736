import type { WORDS } from '../../../../../protocol/sentences/words.ts';

export const words: Readonly<Record<keyof typeof WORDS, string>> = {
  words_none: '没有给出词语。请写出要寻找的东西，例如“a cat, a mug”。',
  words_empty: '共 {count} 个词语，其中第 {number} 个是空的。请删去它，或写出要寻找的东西。',
  words_too_many: '给出了 {count} 个词语；上限是 {max} 个。',
  words_too_many_letters: '第 {number} 个词语有 {length} 个字符；上限是 {max} 个。',
  words_one_alone:
    '此模型让各词语的得分合计 100%（softmax），所以单独的“{word}”总会成立。请给出两个或更多词语，例如“{word}, something else”。',
  words_too_long:
    '“{word}”太长：写成“{prompt}”后有 {tokens} 个词元，而此模型最多读取 {max} 个。请用更少的词。',
  words_unknown: '此模型的分词器完全不认识“{word}”。请使用模型训练时的语言，例如英语。',
  words_fixed: '“{id}”的标签是固定的。只有带文字塔的模型（CLIP、SigLIP、OWL-ViT）才能寻找词语。',
  words_late: '在此期间版本 {version} 已上线。请重新选择词语。',
  words_no_tokenizer:
    '该模型需要词语，但缺少把词语变成数字的文件“{file}”。请给出整个文件夹，包括 tokenizer.json、tokenizer_config.json、config.json 和 preprocessor_config.json。',
  words_bad_file: '无法使用“{file}”：{why}',
  words_bad_token: '分词器为“{word}”给出数字 {token}，没有文字塔接受它。',
  words_mixed:
    '计算图在输出“{output}”之前就把词语和图片混合了，因此无法预先设定词语。请带上输出 text_embeds 和 logits_per_image（或 logits 和 pred_boxes）导出，例如用“optimum-cli export onnx --model MODEL FOLDER”。',
  words_unknown_input:
    '文字塔有输入“{input}”；支持的是 input_ids、attention_mask、token_type_ids 和 position_ids。',
  words_text_failed: '文字塔无法运行：{why}',
  words_text_shape: '文字塔为 {count} 个词语给出 {shape}；应为每个词语一个向量。',
  words_no_scale:
    '分成两个文件的 SigLIP 没有说明其缩放和偏置，没有它们得分就不正确。请使用同一仓库中包含它们的 model.onnx。',
  words_read: '正在读取词语',
};
