import type { REFUSALS } from '../../../../../protocol/sentences/refusals.ts';

export const refusals: Readonly<Record<keyof typeof REFUSALS, string>> = {
  goldens_disagree:
    '它的结果与{when}不同：{of} 张记录的图片中有 {count} 张不同，差异最大的是 {picture}：{worst}。',
  when_trained: '训练时',
  when_imported: '导入时',
  worst_score: '{label} 记录为 {recorded}，此处为 {found}',
  worst_gone: '{label} 记录为 {recorded}，此处没有',
  worst_new: '{label} 没有记录，此处为 {found}',
  worst_boxes: '框的位置不同，或框的数量不同',
  worst_points: '框或关键点的位置不同，或数量不同',
  worst_masks: '{label} 的轮廓位置不同',
  worst_things: '某个区域的向量偏离记录：余弦相似度 {cosine}',
  worst_text: '记录的“{text}”在此处没有读出',
  label_number: '标签 {number}',
  trial_memory: '它需要 {takes} MiB 内存，MODELS_MEMORY_MB 允许 {allows} MiB。',
  trial_failed: '它无法处理一帧实时画面，而先前的版本可以。',
  trial_slower:
    '它处理一张图片需要 {after} 毫秒，正在使用的版本需要 {before} 毫秒；最多允许 {times} 倍（MODEL_MAX_SLOWDOWN）。',
  not_undone: '{why}磁盘上也无法回滚，下次启动时会处理：{reason}',
  was_not_loaded: '它没有被加载。',
};
