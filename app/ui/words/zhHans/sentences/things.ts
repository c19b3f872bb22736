import type { THINGS } from '../../../../../protocol/sentences/things.ts';

export const things: Readonly<Record<keyof typeof THINGS, string>> = {
  no_collection: '没有名为“{id}”的收藏集。',
  no_thing: '此收藏集中没有这个物品。',
  no_sample: '此收藏集中没有这个样本。',
  things_full: '一个收藏集最多有 {max} 个物品。请删除一个，或新建一个收藏集。',
  samples_full: '一个收藏集最多有 {max} 个样本。请删除一些，或新建一个收藏集。',
  collections_full: '已有 {max} 个收藏集，达到上限。请先删除一个。',
  collection_exists: '已有名为“{id}”的收藏集。',
  bad_collection_id:
    '“{id}”不能作为收藏集的 ID。请使用小写字母、数字或“-”，以字母或数字开头，最多 {max} 个字符，且不能是 Windows 的设备名，例如“con”。',
  name_reserved: '没有教过的物品就叫“{name}”。请换一个名称。',
  nothing_to_undo: '没有可以撤销的更改。',
  changed_since: '收藏集之后又被更改过，那次更改已无法撤销。没有任何改动。',
  changed_while_sent:
    '发送期间收藏集被更改过：服务器上保存的是更改之前的内容，更改后的收藏集仍保留在此浏览器中。',
  collection_broken: '无法读取收藏集“{id}”：{why}',
  embedder_gone: '用来比较这些物品的模型“{model}”已不在此服务器上。请重新添加，或让收藏集改用其他模型。',
  no_embedder: '“{model}”不是给出嵌入向量的模型，或者未在运行。',
  embedder_size: '模型“{model}”为一张图片给出 {size} 个数，最多 {max} 个。',
  moving: '另一个模型正在查看此收藏集的图片。请等待完成。',
  too_few_to_compare: '样本太少，无法比较模型：请至少教两个物品，每个至少 {min} 个样本。',
  compared_model_changed: '比较模型期间，模型“{model}”被替换或移除。未做任何更改，请重新比较。',
  compared_others: '比较模型期间，模型“{model}”被替换或移除，因此只比较了其他模型。请重新比较。',
  changed_while_compared: '比较模型期间样本发生了变化。所教的内容都已保留，请重新比较模型。',
  comparison_cancelled: '模型比较已取消。未做任何更改。',
  things_changed: '识别所教物品的模型刚刚被替换。请重试。',
  no_exported_collection: '这不是导出的收藏集：zip 中没有 collection.json。',
  exported_broken: '导出的收藏集中的 {file} 已损坏：{why}。请重新导出。',
  for_servers: '此收藏集的物品由模型“{model}”比较，浏览器无法运行它。请在服务器上导入。',
  nothing_to_export: '收藏集“{id}”中还没有物品，无法生成模型。',
  onnx_failed: '无法生成模型：{why}',
};
