import type { WARNINGS } from '../../../../../protocol/sentences/warnings.ts';

export const warnings: Readonly<Record<keyof typeof WARNINGS, string>> = {
  logits: '模型给出 0..1 之外的值，而没有激活函数将其转换为分数：它们被截到 0..1。',
  softmax_twice: '模型给出的已经是分数（{why}）；再次应用 {activation} 会使它们几乎相等。',
  no_labels_coco: '没有任何来源命名这 {classes} 个类别；假定为 COCO 的类别。如果不对，请给出标签。',
  no_labels: '没有任何来源命名这 {classes} 个类别。请给出标签，每行一个。',
  label_count_background:
    '模型有 {classes} 个类别，而标签有 {labels} 个。第一个类别被当作背景（background），与 TensorFlow 相同。',
  label_count:
    '模型有 {classes} 个类别，而标签有 {labels} 个。缺少的标签用编号代替，多余的被忽略；名称很可能不对。',
  flat_answers: '全部 {pictures} 张示例图片的结果完全相同：模型没有经过训练，或图片的预处理方式掩盖了内容。',
  better_for_goldens: '采用{way}时，{of} 个参考结果中有 {right} 个相符，而不是 {before} 个。',
  better_for_pictures: '采用{way}时，{of} 张以标签命名的图片中有 {right} 张得到其标签，而不是 {before} 张。',
  tie: '{better}采用{other}时结果相同：需要更多图片才能判断。',
  values_255: ' 0..255 的值',
  values_1: ' 0..1 的值',
  values_minus_1: ' -1..1 的值',
  values_imagenet: ' ImageNet 的均值和标准差',
  channel_order: ' {channels} 通道顺序',
  values_and_order: '{values}和 {channels} 通道顺序',
  layout: ' {layout} 布局',
  goldens_differ: '{summary}图片的预处理与记录参考结果时不同，服务器将拒绝该模型。',
  other_runtime_differs:
    '{name} 对同一文件给出不同的结果：{why}。参考结果取自转换后的计算图。使用前请用自己的图片比较两者。',
  other_runtime_failed:
    '{name} 未能在导入的限制内运行该文件，因此除转换后的计算图本身之外，没有其他依据能证明其结果。',
  made_of_tensor: '输出“{output}”的类型是 {type}；改为读取生成它的张量“{instead}”。',
  output_ignored: '输出“{output}”的类型是 {type}，因此被忽略：只读取数值张量。',
  expects_crop:
    '该模型用于由另一个模型先找到的图片局部。此处它看到整张图片，只找一个目标（{thing}）：目标应充满画面。',
  prepared_twice:
    '数值可能被预处理了两次：{why}，适用于 0..255，而声明的预处理在此之前已将其缩放。如果结果不对，请交由计算图处理：--scale 1 --mean 0,0,0 --std 1,1,1。',
};
