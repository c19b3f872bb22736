import type { TFJS } from '../../../../../protocol/sentences/tfjs.ts';

export const tfjs: Readonly<Record<keyof typeof TFJS, string>> = {
  op_unsupported: '{node}：不支持此运算',
  ops_unsupported: '{nodes}：不支持这些运算',
  graph_cycle: '计算图在“{node}”处形成循环；无法转换循环',
  weights_same_name: '有两个权重都叫“{name}”：请为每一层（包括嵌套模型中的层）单独命名，然后重新导出',
  shards_mismatch:
    '分片 {files} 共有 {bytes} 字节，而 model.json 声明的是 {declared}：请使用同一次导出的 model.json 和权重',
  weights_outside: '权重文件“{path}”不是模型文件夹内的路径：请将所有文件放在一个文件夹中',
  weight_short: '权重“{name}”需要 {bytes} 字节，而分片只有 {found} 字节',
  layers_same_name: '有两个带权重的层都叫“{name}”：请分别命名',
  several_inputs: '模型有 {count} 个输入；只能导入以一张图片为输入的模型',
  nested_too_deep: '模型嵌套超过 {max} 层，位于“{name}”',
  layer_unsupported: '层 {className}“{name}”：不支持这类层',
  tm_other: '{packageName} 的模型；只能导入图片模型',
  tm_size: 'metadata.json 声明的图片为 {declared} 像素，而模型接受 {side}x{height}',
  tm_labels: 'metadata.json 有 {labels} 个标签，而模型给出 [{shape}]：请使用同一次导出的所有文件',
  weights_missing: '{file} 指定的权重文件“{name}”不在其中：请添加它',
  broken_json_file: '{file} 不是有效的 JSON',
  no_topology: '不是 TensorFlow.js 模型：model.json 中没有 modelTopology',
  class_unknown_model: '模型的类是“{className}”；支持 Sequential、Functional 和 Model',
  graph_inputs: '计算图有 {count} 个输入（{names}）；只能导入以一张图片为输入的模型',
  no_outputs: '计算图没有输出',
  no_picture_input: '模型的输入有 {axes} 个轴，不是图片',
  side_open: '模型没有规定输入的 {side}。{advice}',
};
