import type { OUTPUTS } from '../../../../../protocol/sentences/outputs.ts';

export const outputs: Readonly<Record<keyof typeof OUTPUTS, string>> = {
  deployed: '输入和输出与已部署的检测器相同',
  outputs: '输出 {outputs}',
  vector: '输出“{name}”，{size} 个数',
  vector_yes_no: '输出“{name}”，一个数：是或否',
  vector_of_length_1: '{found}，每张图片的长度为 1',
  vector_of_faces: '{found}，与比较 112x112 人脸的网络相同',
  class_token: '输出“{name}”的类别标记，即 {tokens} 个标记中的第一个',
  queries_table: '输出“{name}”[{shape}]：{anchors} 个查询各有一个边框和 {classes} 个分数（RT-DETR）',
  anchors_table: '输出“{name}”[{shape}]：{anchors} 个锚点各有一个边框和 {classes} 个分数',
  anchors_table_objectness:
    '输出“{name}”[{shape}]：{anchors} 个锚点各有一个边框、边框的分数和 {classes} 个类别分数',
  pose_table: '输出“{name}”[{shape}]：{anchors} 个锚点各有一个框、{classes} 个分数和 {points} 个关键点',
  pose_picked: '输出“{name}”共 {rows} 行：角点、分数、类别和 {points} 个关键点',
  pose_lists: '输出 {outputs}：每个框各有 {points} 个关键点',
  pose_grid: '{found}；每个锚点另有 {points} 个关键点',
  pose_multi: '输出“{name}”共 {rows} 行：{points} 个关键点、角点和分数（MoveNet MultiPose）',
  pose_landmarks:
    '输出“{name}”，{size} 个数：一个目标的 {points} 个关键点，由“{presence}”判断目标是否存在（MediaPipe）',
  pose_points: '输出“{name}”[{shape}]：一个人或物体的 {points} 个关键点',
  pose_maps: '输出“{name}”[{shape}]：一个人或物体的 {points} 个关键点，每点一张图',
  picked_table: '输出“{name}”，{rows} 行：{columns}',
  picked_table_open: '输出“{name}”，行数不定：{columns}',
  picked_table_declared: '{found}，元数据也这样说明',
  columns_box_score_class: '边角、分数、类别',
  columns_box_class_score: '边角、类别、分数',
  columns_class_score_box: '类别、分数、边角',
  columns_picture_box_class_score: '图片、边角、类别、分数',
  columns_picture_box_score_class: '图片、边角、分数、类别',
  columns_picture_class_score_box: '图片、类别、分数、边角',
  columns_class_score_box_order: '类别、分数、边角、顺序',
  scored_boxes_queries: '输出“{boxes}”和“{scores}”：{rows} 个查询各有一个边框和 {columns} 个分数',
  scored_boxes_anchors: '输出“{boxes}”和“{scores}”：{rows} 个锚点各有一个边框和 {columns} 个分数',
  grids: '输出 {outputs}：{strides} 像素网格上 {anchors} 个锚点各一个框，格式同 {family}',
  anchored: '输出 {outputs}：{anchors} 个锚框各有一个边框和 {columns} 个分数，锚框同 {family}',
  anchors_unknown:
    '“{name}”的边框相对于 {anchors} 个锚框，而几种已发布的检测器都有同样多的锚框。请说明是哪一种（--anchors）：{families}。',
  anchors_wrong: '模型的输出与 {family} 的锚框（--anchors）不符：对这种大小的输入，它的边框数量不同。',
  and_config_says: '{found}；config.json 注明为 {architecture}',
  and_first_is_nothing: '{found}；第一列表示没有物体',
  and_last_is_nothing: '{found}；最后一列表示没有物体',
  and_y_first: '{found}；边框以 y 开头，与 TensorFlow 相同',
  and_left_out: '{found}；未读取 {names}',
  and_filled: '{found}；对所有图片填入：{inputs}',
  dropped_best_class: '最佳类别的名称或编号，可由分数得出',
  dropped_no_vector: '{shape}，不是整张图片的向量',
  dropped_same_size: '{shape}，大小相同的另一种结果',
  dropped_embedding: '{shape}，图像向量',
  dropped_other: '{shape}，其他内容',
  numbers: '{size} 个数',
  one_number: '一个数',
  numbers_scores: '{numbers}，按名称或最后的运算看是分数',
  numbers_embedding: '{numbers}，按名称看是图像向量',
  numbers_points: '{numbers}，例如 {points}',
  numbers_coordinates: '{numbers}，例如坐标',
  points_2d: '{points} 个点 (x, y)',
  points_3d: '{points} 个点 (x, y, z)',
  points_of_5: '39 个点，每个 5 个数',
  which_output: '模型有 {count} 个可能的输出，无法判断应读取哪一个。',
  choose_output: '{question}请用 --output NAME 选择一个：{outputs}。',
  no_such_output: '模型没有名为“{name}”的输出。',
  has_outputs: '{question}可用于 --output 的输出有：{outputs}。',
  one_number_unknown: '输出“{name}”是一个数，无法判断其含义。',
  ask_yes_no:
    '{question}如果它是“是”的分数，请给出“否”和“是”两个标签（--labels），或指定 --task image-classification。年龄等测量值无法导入。',
  vector_unknown: '输出“{name}”是由 {size} 个数组成的向量，无法判断其含义。',
  vector_like_coordinates:
    '输出“{name}”是由 {size} 个数组成的向量，无法判断其含义。这些值像是坐标，而坐标无法导入。',
  ask_vector:
    '{question}如果它是分类模型的分数，请给出 {size} 个标签（--labels），或指定 --task image-classification；如果是图像向量，请指定 --task image-embedding。',
  score_of_yes: '“是”的分数',
  scores_of_classes: '各类别的分数',
  an_embedding: '图像向量',
  unknown_kind:
    '{why}模型的输出是 {outputs}。可导入的有分类模型和图像向量模型（每张图片一个由 C 个数组成的输出），以及检测头 ssd、detr、yolo-v5、yolo-v8、yolo-end-to-end、boxes-scores-classes、grid 和 anchors；如果是其中之一，请用 --task 和 --head 指定。',
  unknown_task: '模型用于任务“{task}”，这里不支持该任务。',
  no_poses: '在它的输出中找不到关键点。',
  no_detections: '在模型的输出中没有找到检测结果。',
  unknown_detector: '模型像是一种这里不支持的检测器。',
  task_undetermined: '无法判断模型的任务。',
  family_pixels:
    '该模型像是抠图、去除背景、深度或文字检测模型：“{name}”为每个像素给出一个数。此处不显示这类模型。Livelens 的“text”模型可查找并识别文字。如需物体轮廓，请使用带有命名类别掩码的模型。',
  family_text:
    '该模型像是文字识别模型：“{name}”包含一行文字中的 {steps} 个位置，每个位置有 {characters} 个字符。它还需要另一个查找文字行的模型。Livelens 的“text”模型两者兼有。',
  family_corners:
    '该模型像是立体框检测器（Objectron）：“{name}”是图片中一个框的九个角点，“{score}”表示它是否存在。此处不显示这类框。',
  coordinates:
    '{output} 像是坐标：表示图片中的位置，而不是类别的分数。这种形式的关键点无法导入。如果它是分类模型，请给出 {size} 个标签（--labels），或指定 --task image-classification。',
  coordinates_such_as:
    '{output} 像是坐标，例如 {points}：表示图片中的位置，而不是类别的分数。这种形式的关键点无法导入。如果它是分类模型，请给出 {size} 个标签（--labels），或指定 --task image-classification。',
  vectors_of_parts:
    '输出“{name}”[{shape}] 为图片的每个部分给出一个向量，而没有整张图片的向量。请连同汇总后的输出（例如 pooler_output 或 image_embeds）一起导出模型。',
  and_masks: '{found}；其后的 {count} 个数用于掩码，来自输出“{name}”',
  and_masks_of_input: '{found}；每个物体另有一张覆盖整张图片的掩码，来自输出“{name}”',
  and_masks_of_box: '{found}；每个物体另有一张覆盖其边框的掩码，来自输出“{name}”',
  map_classes: '输出“{name}”：{width}x{height} 的图，每格 {classes} 个分数',
  map_binary: '输出“{name}”：{width}x{height} 的图，每格一个数',
  no_masks: '在其输出中找不到掩码。',
  no_map: '没有输出是带有各类别分数的画面图。',
  family_depth: '深度估计模型（MiDaS、Depth Anything），或其他测量每个像素的模型',
  advice_depth:
    '它给出每个像素的距离，不给出名称，因此没有可标注的内容。可以导入给画面各部分命名的模型（SegFormer、DeepLab）。',
  family_matting: '抠图或去除背景的模型（ISNet、U2-Net、MODNet、自拍分割）',
  advice_matting:
    '它给出每个像素的一个数，可能是用于抠图的透明度通道；这里不做抠图。如需勾勒前景，请指定 --task semantic-segmentation，并给出两个标签：先是 background，再是它找到的东西（--labels）。',
  class_without_label:
    '模型在示例图片中找到类别 {found}，而 {count} 个标签只命名了类别 {first} 到 {last}。请为每个编号给出标签，没有含义的编号写 N/A（--labels）。',
  yolo_objectness:
    '模型像是 YOLO，{anchors} 个锚点各有 {columns} 个数。无法判断其中是否有边框自身的分数：请给出标签（--labels）；有则指定 --head yolo-v5，没有则指定 yolo-v8。',
  yolox_pixels:
    '模型像是 YOLOX，但没有说明像素如何预处理。YOLOX 0.2 及以后的版本采用 --scale 1 --channels BGR；其他同类模型采用 --scale 1/255。',
  box_edges_wrong:
    '模型像是检测器，边框在输出“{name}”中，但不是 {order}：各边的顺序不对。请说明边框的写法（--box-order centre-width-height 或 left-top-width-height）。',
  corners_wrong:
    '输出“{name}”包含检测结果（{columns}），但边角中右边在左边之前。请说明边框的写法（--box-order centre-width-height 或 left-top-width-height）。',
  classes_uncounted: '模型以编号给出类别，但没有说明类别的数量。请给出标签，每行一个（--labels）。',
  resembles: '模型像是{family}。{advice}',
  family_masks: '除边框和分数外还有其他结果的 YOLO（掩码、关键点或旋转边框）',
  advice_masks:
    '“{name}”边框之后的 {columns} 列中，有些是 0..1 的分数，有些不是。请只为检测导出，或给出标签并指定 --head {head} 以只读取边框。',
  family_more_than_boxes: '自带抑制、并给出边框、分数和类别以外结果的 YOLO',
  advice_detection_alone: '请只为检测导出。',
  family_undecoded: '边框相对于自有锚框的检测器',
  family_undecoded_landmarks: '边框尚未解码的 RetinaFace 或其他带关键点的检测器',
  advice_decoding:
    '与“{scores}”中的分数对应的“{boxes}”的值不是边框：它们相对于只有导出者知道的锚框。已知的锚框有 EfficientDet、RetinaNet、SSD300、SSDLite320 和 TensorFlow 的 SSD，在这种大小下数量都不符。请连同解码一起导出；如果它们是边框，请说明其写法（--box-order）。',
  family_more_than_scores: '除分数外还有其他结果的检测器',
  advice_more_than_scores: '“{name}”的 {columns} 列中，有些是 0..1 的分数，有些不是。请只导出边框和分数。',
  family_detr: ' DETR（RT-DETR、D-FINE、Deformable DETR）：边框以中心和大小表示，无需抑制',
  family_rf_detr: ' RF-DETR：边框以中心和大小表示，无需抑制',
  advice_rf_detr_unnamed:
    '分数有 {columns} 列，没有任何来源为它们命名。请为每列给出标签（--labels）：1.4 及更早版本的第一列表示没有物体（先“background”，再是您的类别），之后的版本是最后一列（先是您的类别，再“N/A”）。新版 rfdetr 会把名称写入文件：请用 model.export() 重新导出。',
  advice_rf_detr:
    '分数有 {columns} 列，标签有 {labels} 个。请为每列给出标签（--labels）：1.4 及更早版本的第一列表示没有物体（先“background”，再是您的类别），之后的版本是最后一列（先是您的类别，再“N/A”）。新版 rfdetr 会把名称写入文件：请用 model.export() 重新导出。',
  advice_detr_unnamed:
    '分数有 {columns} 列，没有任何来源为它们命名。请为每列给出标签（--labels）；如果第一列表示没有物体，请命名为“background”。{again}',
  advice_detr:
    '分数有 {columns} 列，标签有 {labels} 个。请为每列给出标签（--labels）；如果第一列表示没有物体，请命名为“background”。{again}',
  again_detr:
    '还请给出训练时的均值和标准差（--mean、--std）。或者连同 config.json 和 preprocessor_config.json 一起导出：“optimum-cli export onnx --model MODEL --task object-detection FOLDER”。作者发布的 RT-DETR 和 D-FINE 可用“python tools/export_onnx.py”或“python tools/deployment/export_onnx.py -c CONFIG -r CHECKPOINT”，检测结果会在计算图内选出。',
  family_unsuppressed: '尚未抑制、每个锚点一个类别的检测器',
  advice_unsuppressed:
    '“{name}”有 {rows} 行，因此一个物体会有很多个边框。请连同非极大值抑制一起导出，或导出所有类别的分数。',
  family_lists: '边框、分数和类别各在一个输出中的检测器',
  advice_lists:
    '从示例图片看不出 “{first}”和“{second}”中哪个是 0..1 的分数、哪个是类别。请用名为 scores 和 classes 的输出导出。',
  family_nanodet: '边框尚未解码的 NanoDet 或 PicoDet',
  advice_nanodet:
    '“{name}”的 {anchors} 个单元各有 {columns} 个数：分数，以及仍需网格的距离分布。请连同解码一起导出。',
  family_yolox: '边框尚未解码的 YOLOX',
  advice_yolox:
    '“{name}”为 {strides} 像素网格的 {anchors} 个单元各有一行，而边框与网格不符：它们是偏移量和大小的对数。请用 YOLOX 导出脚本的选项 --decode_in_inference 重新导出。',
  family_yolo_rotated: '用于旋转边框的 YOLO',
  family_yolo_pose: '用于关键点的 YOLO',
  family_yolo_masks: '用于分割（掩码）的 YOLO',
  advice_row_alone:
    '每行有 {columns} 个数：一个边框、{labels} 个标签的分数，还有 {extra} 个其他数。请只为检测导出，或指定 --head {head} 以只读取边框。',
  family_segmentation: '用于分割（掩码）的模型，或其他给出边框以外结果的模型',
  family_more: '给出边框以外结果的检测器（{head}）',
  advice_unexplained: '无法解释 {outputs}。请只为检测导出，或指定 --head {head} 以只读取 {read}。',
  family_yunet: ' YuNet，每种网格各有输出',
  family_scrfd: ' SCRFD 或其他人脸检测器，每种网格各有输出',
  family_grids: '检测器，每种网格各有输出',
  family_mediapipe: ' MediaPipe 的检测器（BlazeFace、手掌、姿态），边框相对于锚点',
  advice_own_program:
    '它的边框在网络运行之后由另一个程序得出。请连同该部分一起导出，或使用直接给出边框的模型。',
  family_yolov4: ' pytorch-YOLOv4，锚点和边框之间有一个长度为 1 的轴',
  advice_yolov4: '请以 [N, A, 4] 的边框导出。',
  family_maps: '为每种网格给出特征图的检测器（YOLO、RTMDet、PicoDet 等），或骨干网络',
  family_centres: '检测中心点的模型（CenterNet），或其他给出特征图的模型',
};
