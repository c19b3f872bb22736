import type { GRAPHS } from '../../../../../protocol/sentences/graphs.ts';

export const graphs: Readonly<Record<keyof typeof GRAPHS, string>> = {
  regression:
    '{file} 注明 "problem_type": "regression"：模型给出的是数量而不是类别，这里无法显示。如果其输出是类别的分数，请给出激活函数（--activation）。',
  fixed_side: '计算图只接受 {field} 为 {fixed} 像素，而不是 {given}。',
  size_follows_shape:
    '图片的缩放大小随其形状而变（{steps}）。这里的模型只有一种固定大小：请用 --size 指定，例如 --size 640x640；图片将拉伸到该大小，或按 --fit 的方式适配。',
  opset_too_old: '模型使用 opset {opset}；检测器需要 {least} 或更新版本。请用它重新导出。',
  license_unreadable: '无法读取许可证文件 {file}。',
  values_elsewhere: '张量“{name}”的值在未知类型的位置 {place}。',
  weights_short: '张量“{name}”：应为“{file}”的字节 {from} 到 {to}，而文件有 {size} 字节。',
  place_twice: '张量“{name}”两次说明其值的位置。',
  weights_mismatch: '张量“{name}”有 {bytes} 字节，而文件写的是：“{file}”中从 {offset} 起的 {length} 字节。',
  became_shorter: '“{file}”变短了。',
  text_too_long: '{node}：属性“{attribute}”含有超过 {max} 字节的文字。',
  tensor_size: '张量“{name}”应有 {bytes} 字节，而文件有 {found} 字节。',
  refused_by_runtime: '运行时拒绝该模型：{message}',
  ir_too_new:
    '文件采用 ONNX 格式的第 {ir} 版（IR version），而这里的运行时最多读取到 {max}。请用较旧版本的 onnx 包导出模型，或在 Python 中设置“model.ir_version = {max}”并重新保存。',
  opset_too_new:
    '模型使用 {domain} 的 opset {opset}，而这里的运行时最多支持到 {max}。请用 opset {max} 或更旧的版本重新导出（torch.onnx.export 中的 opset_version={max}）。',
  op_unknown:
    '域“{domain}”的 {node}：运行时在 opset {opset} 中不认识此运算，或不支持这些类型。请只用标准 ONNX 运算以 float32 导出模型。',
  fails_on_picture: '模型在处理 {width}x{height} 像素的图片时失败：{why}',
  bad_side: '{name} 有一边为 {side}。',
  unused_type: '{name} 的类型是 {type}，图片模型不使用该类型。',
  no_tensors: '模型没有给出数值张量：其输出是 {outputs}。请在导出时以张量给出分数或边框。',
  golden_picture: '无法读取参考图片 {name}.png：{why}',
  golden_invalid: '{file} 不是参考结果：{why}',
  folder_fixed: '模型文件夹的“{field}”来自其清单；只能指定 {fields}。请更改清单，或不指定此选项。',
  folder_min_score:
    '模型文件夹的计算图不给出低于 {floor} 的分数，因此默认值不能是 {given}。请给出 {floor} 或更大的值（--min-score）。',
  folder_no_goldens:
    '模型文件夹没有参考结果，因此无法将这里的结果与其训练框架的结果比较。请添加参考图片及其结果。',
  folder_weights: '{file} 的权重在另一个文件中；模型文件夹的计算图必须是单个文件。',
  folder_invalid: '模型文件夹无效。{why}',
  files_too_large: '文件总大小超过 {max}。',
  sample_unreadable: '无法读取示例图片“{name}”：{why}支持 JPEG、PNG 和 WebP。',
  not_finite:
    '模型对示例图片“{name}”没有给出有限的数。请以 float32 导出，或说明像素如何预处理（--scale、--mean、--std）。',
  size_advice: '请给出模型所用的大小：--size WIDTHxHEIGHT，或页面上的“宽度”和“高度”。',
  size_is_guess: '{cause}计算图没有规定图片的大小，{width}x{height} 是猜测。{advice}',
  layout_is_guess:
    '{cause}无法判断其输入的布局。请用 --layout NCHW（通道在前）或 NHWC（通道在后）指定，或使用页面上的“布局”。',
  one_input:
    '这里的模型只有一个输入：3 通道（或 1 通道灰度）的图片，形如 [N, C, H, W] 或 [N, H, W, C]。而此模型有{found}。',
  advice_input_words:
    '{problem}它还需要文字。CLIP、SigLIP 和 OWL-ViT 由输入 input_ids、pixel_values 和输出 text_embeds 识别，“optimum-cli export onnx --model MODEL FOLDER”会这样导出；把文字和图片混合处理的模型（Grounding DINO）无法使用。',
  advice_input_points:
    '{problem}它需要指定点或边框（Segment Anything），而摄像头不提供这些。请使用只以图片为输入的模型。',
  advice_input_size:
    '{problem}另一个输入是图片的大小，其形式在这里不会自动填入（自动填入的是 orig_target_sizes、im_shape、scale_factor 和 pixel_mask）。请以图片为唯一输入导出；YOLO 可用“yolo export model=FILE.pt format=onnx”。',
  advice_input_other:
    '{problem}自动填入的是 orig_target_sizes、im_shape、scale_factor 和 pixel_mask。请以图片为唯一输入导出；Hugging Face 的模型可用“optimum-cli export onnx --model MODEL --task object-detection FOLDER”。',
  found_no_input: '零个输入',
  found_inputs: ' {count} 个输入：{inputs}',
  found_input: '输入 {input}',
  incomplete: '{file} 不是完整的 ONNX 文件：{why}。{instead}',
  it_is_empty: '它是空的',
  it_is: '它是{format}',
  it_ends_early: '它过早结束',
  it_is_nested: '它嵌套过深',
  it_has_no_graph: '其中没有计算图',
  export_again: '请重新导出或重新下载。',
  importer_slow: '模型没能在 {seconds} 秒内检查完。它对这台机器来说可能太大。',
  importer_failed: '导入程序处理此模型时失败：{why}',
  importer_memory: '模型所需的内存超过导入可用的 {max}。',
  importer_ended: '检查模型的进程已结束（{how}）：模型使运行时崩溃，或内存不足。{complaint}',
};
