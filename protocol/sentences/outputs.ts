import { sentencesOf } from '../sentence.ts';

/** How the outputs of a model are read, why some are not, and what is asked about them. */
export const OUTPUTS = {
  deployed: 'inputs and outputs are those of a deployed detector',
  outputs: 'outputs {outputs}',
  vector: 'output "{name}" of {size} numbers',
  vector_yes_no: 'output "{name}" of one number: yes or no',
  vector_of_length_1: '{found}, of length 1 for each picture',
  vector_of_faces: '{found}, as networks that compare faces of 112x112 give',
  class_token: 'the class token, the first of {tokens}, of output "{name}"',
  queries_table:
    'output "{name}" [{shape}]: a box and {classes} scores for each of {anchors} queries (RT-DETR)',
  anchors_table: 'output "{name}" [{shape}]: a box and {classes} scores for each of {anchors} anchors',
  anchors_table_objectness:
    'output "{name}" [{shape}]: a box, its score and {classes} scores for each of {anchors} anchors',
  pose_table:
    'output "{name}" [{shape}]: a box, {classes} scores and {points} key points for each of {anchors} anchors',
  pose_picked: 'output "{name}" of {rows} rows: corners, score, class and {points} key points',
  pose_lists: 'outputs {outputs}: boxes with {points} key points each',
  pose_grid: '{found}; {points} key points for each anchor',
  pose_multi: 'output "{name}" of {rows} rows: {points} key points, corners and score (MoveNet MultiPose)',
  pose_landmarks:
    'output "{name}" of {size} numbers: {points} landmarks of one thing, and "{presence}" says whether it is there (MediaPipe)',
  pose_points: 'output "{name}" [{shape}]: {points} key points of one person or thing',
  pose_maps: 'output "{name}" [{shape}]: a map for each of {points} key points of one person or thing',
  picked_table: 'output "{name}" of {rows} rows: {columns}',
  picked_table_open: 'output "{name}" of some rows: {columns}',
  picked_table_declared: '{found}, as the metadata says',
  columns_box_score_class: 'corners, score, class',
  columns_box_class_score: 'corners, class, score',
  columns_class_score_box: 'class, score, corners',
  columns_picture_box_class_score: 'picture, corners, class, score',
  columns_picture_box_score_class: 'picture, corners, score, class',
  columns_picture_class_score_box: 'picture, class, score, corners',
  columns_class_score_box_order: 'class, score, corners, order',
  scored_boxes_queries:
    'outputs "{boxes}" and "{scores}": a box and {columns} scores for each of {rows} queries',
  scored_boxes_anchors:
    'outputs "{boxes}" and "{scores}": a box and {columns} scores for each of {rows} anchors',
  grids:
    'outputs {outputs}: a box for each of {anchors} anchors on grids of {strides} pixels, as {family} gives them',
  anchored:
    'outputs {outputs}: a box and {columns} scores for each of {anchors} anchors, which are those of {family}',
  anchors_unknown:
    'The boxes of "{name}" are relative to {anchors} anchors, and several published detectors have as many. Say whose they are (--anchors): {families}.',
  anchors_wrong:
    'The outputs of the model do not fit the anchors of {family} (--anchors): for an input of this size it has another number of boxes.',
  and_config_says: '{found}; config.json says {architecture}',
  and_first_is_nothing: '{found}; the first column is for nothing',
  and_last_is_nothing: '{found}; the last column is for nothing',
  and_y_first: "{found}; boxes have y first, as TensorFlow's",
  and_left_out: '{found}; {names} left out',
  and_filled: '{found}; filled in for all pictures: {inputs}',
  dropped_best_class: 'the name or number of the best class, which follows from the scores',
  dropped_no_vector: '{shape}, no vector for the whole picture',
  dropped_same_size: '{shape}, another reading of the same size',
  dropped_embedding: '{shape}, an embedding; read with --output',
  dropped_other: '{shape}, something else; read with --output',
  numbers: '{size} numbers',
  one_number: 'one number',
  numbers_scores: '{numbers}, scores by its name or last op',
  numbers_embedding: '{numbers}, an embedding by its name',
  numbers_points: '{numbers}, such as {points}',
  numbers_coordinates: '{numbers}, such as coordinates',
  points_2d: '{points} points (x, y)',
  points_3d: '{points} points (x, y, z)',
  points_of_5: '39 points of 5 numbers',
  which_output: 'The model has {count} possible outputs, and nothing shows which one to read.',
  choose_output: '{question} Choose one with --output NAME: {outputs}.',
  no_such_output: 'The model has no output "{name}".',
  has_outputs: '{question} Those that it has, for --output: {outputs}.',
  one_number_unknown: 'Output "{name}" is one number, and its meaning cannot be determined.',
  ask_yes_no:
    '{question} If it is the score of a yes, give two labels, no and yes (--labels), or say --task image-classification. A measure, such as an age, cannot be imported.',
  vector_unknown: 'Output "{name}" is a vector of {size} numbers, and its meaning cannot be determined.',
  vector_like_coordinates:
    'Output "{name}" is a vector of {size} numbers, and its meaning cannot be determined. Its values look like coordinates, which cannot be imported.',
  ask_vector:
    '{question} If it holds the scores of a classifier, give their {size} labels (--labels), or say --task image-classification; if it is an embedding, say --task image-embedding.',
  score_of_yes: 'The score of a yes',
  scores_of_classes: 'Scores of classes',
  an_embedding: 'An embedding',
  unknown_kind:
    '{why} Its outputs are {outputs}. Known are classifiers and embeddings (one output of C numbers for a picture), and the detection heads ssd, detr, yolo-v5, yolo-v8, yolo-end-to-end, boxes-scores-classes, grid and anchors; say which with --task and --head where it is one of them.',
  unknown_task: 'The model was made for the task "{task}", which is not known here.',
  no_poses: 'No key points are found in its outputs.',
  no_detections: 'No detections are found in its outputs.',
  unknown_detector: 'The model resembles a detector of a kind that is not known here.',
  task_undetermined: 'The task of the model cannot be determined.',
  family_pixels:
    'The model resembles matting, background removal, depth, or a finder of text: "{name}" is one number for each pixel. Such models are not shown here. The model "text" of Livelens finds and reads text. For outlines of things, use a model with masks of named classes.',
  family_text:
    'The model resembles a reader of text: "{name}" holds {steps} places in a line of text, and {characters} characters for each. It needs another model that finds the lines. The model "text" of Livelens does both.',
  family_corners:
    'The model resembles a detector of boxes in space (Objectron): "{name}" are the nine corners of one box in the picture, and "{score}" says whether it is there. Such boxes are not shown here.',
  coordinates:
    '{output} resembles coordinates: places in the picture, no scores of classes. Landmarks of this form cannot be imported. If it is a classifier, give its {size} labels (--labels), or say --task image-classification.',
  coordinates_such_as:
    '{output} resembles coordinates, such as {points}: places in the picture, no scores of classes. Landmarks of this form cannot be imported. If it is a classifier, give its {size} labels (--labels), or say --task image-classification.',
  vectors_of_parts:
    'Output "{name}" [{shape}] gives a vector for each part of the picture and none for the whole. Export the model with its pooled output, such as pooler_output or image_embeds.',
  and_masks: '{found}; behind them {count} numbers for a mask, of output "{name}"',
  and_masks_of_input: '{found}; a mask of the whole picture for each, of output "{name}"',
  and_masks_of_box: '{found}; a mask of its box for each, of output "{name}"',
  map_classes: 'output "{name}": {classes} scores for each cell of a map of {width}x{height}',
  map_binary: 'output "{name}": one number for each cell of a map of {width}x{height}',
  no_masks: 'No masks are found in its outputs.',
  no_map: 'No output is a map of the picture with a score for each class.',
  family_depth: 'a model for depth (MiDaS, Depth Anything) or another that measures each pixel',
  advice_depth:
    'It gives a distance for each pixel and names nothing, so that there is nothing to label. Models that name parts of a picture (SegFormer, DeepLab) can be imported.',
  family_matting:
    'a model for matting or removing the background (ISNet, U2-Net, MODNet, selfie segmentation)',
  advice_matting:
    'It gives one number for each pixel, which may be an alpha channel to cut out with; that is not done here. To outline the foreground, say --task semantic-segmentation, and give its two labels: background first, then what it finds (--labels).',
  class_without_label:
    'The model finds class {found} on the sample pictures, and the {count} labels name the classes {first} to {last}. Give a label for each number, with N/A where a number stands for nothing (--labels).',
  yolo_objectness:
    'The model resembles a YOLO, with {columns} numbers for each of {anchors} anchors. It is not clear whether one of them is a score of the box itself: give the labels (--labels), or --head yolo-v5 if it is, yolo-v8 if not.',
  yolox_pixels:
    'The model resembles a YOLOX, and nothing declares how pixels are prepared. YOLOX of 0.2 and later takes --scale 1 --channels BGR; others of this shape take --scale 1/255.',
  box_edges_wrong:
    'The model resembles a detector with boxes in output "{name}", but not as {order}: edges come in the wrong order. Say how a box is written (--box-order centre-width-height or left-top-width-height).',
  corners_wrong:
    'Output "{name}" holds detections ({columns}), but what stands for corners has right edges before left ones. Say how a box is written (--box-order centre-width-height or left-top-width-height).',
  classes_uncounted:
    'The model gives classes as numbers, and nothing declares how many there are. Give the labels, one per line (--labels).',
  resembles: 'The model resembles {family}. {advice}',
  family_masks: 'a YOLO with more than boxes and scores (masks, key points or rotated boxes)',
  advice_masks:
    'Of the {columns} columns behind the boxes of "{name}" some are scores of 0..1 and others are not. Export it for detection alone, or give its labels and --head {head} to read the boxes alone.',
  family_more_than_boxes: 'a YOLO with its own suppression that gives more than boxes, scores and classes',
  advice_detection_alone: 'Export it for detection alone.',
  family_undecoded: 'a detector whose boxes are relative to anchors of its own',
  family_undecoded_landmarks: 'RetinaFace or another detector with landmarks before its boxes are decoded',
  advice_decoding:
    'The values of "{boxes}", next to the scores of "{scores}", are not boxes: they are relative to anchors that only the exporter knows. Known are those of EfficientDet, RetinaNet, SSD300, SSDLite320 and TensorFlow\'s SSD, of which none has as many at this size. Export it with its decoding; where they are boxes, say how one is written (--box-order).',
  family_nanodet: 'a NanoDet or PicoDet before its boxes are decoded',
  advice_nanodet:
    '"{name}" has {columns} numbers for each of {anchors} cells: scores, and distributions of distances that still need the grid. Export it with its decoding.',
  family_yolox: 'a YOLOX before its boxes are decoded',
  advice_yolox:
    '"{name}" has a row for each of the {anchors} cells of grids of {strides} pixels, and its boxes do not follow them: they are offsets and logarithms of sizes. Export it again with --decode_in_inference, an option of YOLOX\'s export script.',
  family_yolo_rotated: 'a YOLO for rotated boxes',
  family_yolo_pose: 'a YOLO for key points',
  family_yolo_masks: 'a YOLO for segmentation (masks)',
  advice_row_alone:
    'Each of its rows has {columns} numbers: a box, scores for {labels} labels, and {extra} more. Export it for detection alone, or read its boxes alone with --head {head}.',
  family_more_than_scores: 'a detector with more than scores next to its boxes',
  advice_more_than_scores:
    'Of the {columns} columns of "{name}" some are scores of 0..1 and others are not. Export it with boxes and scores alone.',
  family_detr:
    'a DETR (RT-DETR, D-FINE, Deformable DETR): boxes as centre and size, to be read without suppression',
  family_rf_detr: 'an RF-DETR: boxes as centre and size, to be read without suppression',
  advice_rf_detr_unnamed:
    'Its scores have {columns} columns, and nothing names them. Give a label for each column (--labels): up to release 1.4 the first stands for nothing ("background", then your classes), later the last does (your classes, then "N/A"). A current release of rfdetr writes the names into the file: export it again with model.export().',
  advice_rf_detr:
    'Its scores have {columns} columns, there are {labels} labels. Give a label for each column (--labels): up to release 1.4 the first stands for nothing ("background", then your classes), later the last does (your classes, then "N/A"). A current release of rfdetr writes the names into the file: export it again with model.export().',
  advice_detr_unnamed:
    'Its scores have {columns} columns, and nothing names them. Give a label for each column (--labels); one that comes first and stands for nothing is called "background". {again}',
  advice_detr:
    'Its scores have {columns} columns, there are {labels} labels. Give a label for each column (--labels); one that comes first and stands for nothing is called "background". {again}',
  again_detr:
    'Give the mean and deviation that it was trained with, too (--mean, --std). Or export it with its config.json and preprocessor_config.json: "optimum-cli export onnx --model MODEL --task object-detection FOLDER". RT-DETR and D-FINE of their authors: "python tools/export_onnx.py" or "python tools/deployment/export_onnx.py -c CONFIG -r CHECKPOINT", which picks the detections in the graph.',
  family_unsuppressed: 'a detector before suppression, with one class for each anchor',
  advice_unsuppressed:
    '"{name}" has {rows} rows, so that one thing has many. Export it with non-maximum suppression, or with the scores of all classes.',
  family_lists: 'a detector with boxes, scores and classes in outputs of their own',
  advice_lists:
    'Which of "{first}" and "{second}" are scores of 0..1 and which are classes does not show on the sample pictures. Export it with outputs that are called scores and classes.',
  family_segmentation: 'a model for segmentation (masks) or another that gives more than boxes',
  family_more: 'a detector ({head}) that gives more than boxes',
  advice_unexplained:
    'Nothing explains {outputs}. Export it for detection alone, or say --head {head} to read {read} alone.',
  family_yunet: 'YuNet, with outputs of their own for each size of grid',
  family_scrfd: 'SCRFD or another detector of faces, with outputs of their own for each size of grid',
  family_grids: 'a detector, with outputs of their own for each size of grid',
  family_mediapipe: "a detector of MediaPipe's (BlazeFace, palm, pose), whose boxes are relative to anchors",
  advice_own_program:
    'Its boxes are put together by a program of its own after the network has run. Export it with that part, or use a model that gives boxes.',
  family_yolov4: 'a pytorch-YOLOv4, with an axis of one between anchors and boxes',
  advice_yolov4: 'Export it with boxes [N, A, 4].',
  family_maps:
    'a detector (YOLO, RTMDet, PicoDet or the like) that gives maps for each size of grid, or a backbone',
  family_centres: 'a detector of centres (CenterNet) or another model that gives maps',
} as const;

export const aboutOutputs = sentencesOf(OUTPUTS);
