import type { THINGS } from '../../../../../protocol/sentences/things.ts';

export const things: Readonly<Record<keyof typeof THINGS, string>> = {
  no_collection: '没有名为“{id}”的集合。',
  no_thing: '此集合中没有这个物品。',
  no_sample: '此集合中没有这个样本。',
  things_full: '一个集合最多有 {max} 个物品。请删除一个，或新建一个集合。',
  samples_full: '一个集合最多有 {max} 个样本。请删除一些，或新建一个集合。',
  collections_full: '已有 {max} 个集合，达到上限。请先删除一个。',
  collection_exists: '已有名为“{id}”的集合。',
  bad_collection_id:
    '“{id}”不能作为集合的 ID。请使用小写字母、数字或“-”，以字母或数字开头，最多 {max} 个字符，且不能是 Windows 的设备名，例如“con”。',
  nothing_to_undo: '没有可以撤销的更改。',
  collection_broken: '无法读取集合“{id}”：{why}',
  things_changed: '识别所教物品的模型刚刚被替换。请重试。',
};
