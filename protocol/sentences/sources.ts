import { sentencesOf } from '../sentence.ts';

/** Why a model could not be fetched, or its files not be read. */
export const SOURCES = {
  no_host: 'There is no host {host}, or this machine is not online.',
  host_failed:
    '{host} could not be reached, or did not send the whole file, {tries} times: {why}. Check that this machine is online and that the address opens in a browser, then try again.',
  nothing_there: 'There is nothing at {address} ({status}).',
  too_many_weights: 'The model keeps its weights in more than {max} files.',
  bad_path: '"{name}" is not a file path that is valid on every system.',
  no_file: 'There is no file or folder {path}.',
  neither_file: '{path} is neither a file nor a folder.',
  names_too_many: '{file} names {count} weight files.',
  link_out:
    '{path} is a link that leads out of the folder. Give the file itself, or a copy made with "cp -RL".',
  too_many_files: "{path} holds more than {max} files. Give the model's file.",
  file_too_large:
    '{name} is larger ({size}) than the limit of {max}. The environment variable MAX_MODEL_BYTES raises the limit.',
  file_empty: '{name} is empty.',
  foreign_file:
    '{name} is {format}. Only ONNX files, TensorFlow Lite and TensorFlow.js models can be imported. {advice}',
  several_models:
    '{where} holds several models: {models}. Give one of them, with its weights and labels where it has any.',
  hub_too_large:
    '{file} of {repository} has {size}; the limit is {max}. Choose a smaller file with hf:owner/name/path.onnx, or raise MAX_MODEL_BYTES.',
  hub_unlike: '{host} does not answer as Hugging Face does. Is HF_ENDPOINT right?',
  hub_no_onnx:
    '{repository} has no .onnx and no .tflite file. models/export has a script that makes one from PyTorch weights; often there is a converted copy, too: look for the name with "ONNX" at Hugging Face (onnx-community has many).',
  hub_no_file: '{repository} has no {file}. Its graphs: {graphs}.',
  hub_several:
    '{repository} has several graphs; name one, as in hf:{repository}/{first}. There are: {graphs}.',
  hub_no_weights:
    '{file} keeps weights in "{weights}", and {repository} has no {wanted}. Choose another graph of it with hf:{repository}/path.onnx.',
  hub_hash: '{file} of {repository} should have the SHA-256 {expected}, the download has {found}. Try again.',
  redirect_invalid: '{host} redirects to an invalid address.',
  redirects: '{host} redirects more than {max} times.',
  no_https: 'Expected an https address, got "{protocol}".',
  no_credentials: 'Addresses that contain a user name or password are not accepted.',
  hub_form: 'Expected hf:owner/name[@revision][/path.onnx or .tflite], got "{given}".',
  source_form:
    'Expected an https address or hf:owner/name. Send a file of your own as the body of the request.',
  zip_link: '{file} is a link; a zip of a model may contain only files.',
  zip_twice: 'The zip holds {file} twice.',
  zip_bomb: 'The zip unpacks to far more than a model would: it was made to fill a disk.',
  zip_too_large:
    'The zip holds more than the limit of {max} in {files} files. The environment variable MAX_MODEL_BYTES raises the limit.',
  zip_entries: "The zip holds more than {max} entries. Zip the model's files alone.",
  zip_clash: 'The zip holds "{name}" as a file and as a folder.',
  unreadable: '{name} cannot be read: {why}. Download or zip it again.',
  format_lfs: 'a Git LFS pointer, which stands for the file',
  format_ort: 'a model in the ORT format',
  format_keras: 'a Keras file',
  format_pytorch: 'a PyTorch or pickle file',
  format_safetensors: 'a safetensors file, weights without a network',
  format_gguf: 'a GGUF file, a language model',
  format_picture: 'a picture',
  format_openvino: 'an OpenVINO model',
  format_web: 'a web page',
  format_core_ml: 'a Core ML model, which runs on Apple systems only',
  format_tensorrt: 'a TensorRT engine, which runs on one kind of GPU only',
  format_mnn: 'an MNN model',
  format_ncnn: 'an ncnn model',
  format_paddle: 'a PaddlePaddle model',
  format_rknn: 'an RKNN model, which runs on Rockchip processors only',
  format_caffe: 'a Caffe model',
  format_frozen: 'a frozen TensorFlow graph or SavedModel',
  format_numpy: 'a NumPy archive, weights without a network',
  format_weights_manifest:
    'a list of TensorFlow.js weights of the time before version 1, without a graph, such as face-api.js has',
  format_javascript: 'a JavaScript file',
  format_gzip: 'a gzip archive',
  format_zip: 'a zip archive',
  format_7z: 'a 7z archive',
  format_rar: 'a RAR archive',
  format_xz: 'an xz archive',
  format_bzip2: 'a bzip2 archive',
  format_zstd: 'a zstd archive',
  format_tar: 'a tar archive',
  advice_lfs: '"git lfs pull" brings the file.',
  advice_ort: 'Give the .onnx file that it was made from.',
  advice_keras:
    'In Python: keras.saving.load_model("FILE").export("model.onnx", format="onnx") (Keras 3.8 or later). Or "tensorflowjs_converter --input_format=keras FILE FOLDER"; then give the folder.',
  advice_pictures_only: 'Only models of pictures can be imported.',
  advice_model_itself: 'Give the model itself.',
  advice_openvino:
    'Give the ONNX file that it was made from. Ultralytics: "yolo export model=best.pt format=onnx". Hugging Face: "optimum-cli export onnx --model OWNER/NAME FOLDER".',
  advice_origin:
    'It cannot be turned back. Export the model that it was made from as ONNX. Ultralytics: "yolo export model=best.pt format=onnx". torchvision and other PyTorch: models/export has a script. Keras: model.export("model.onnx", format="onnx"). Hugging Face: "optimum-cli export onnx --model OWNER/NAME FOLDER".',
  advice_paddle:
    '"paddle2onnx --model_dir FOLDER --model_filename inference.pdmodel --params_filename inference.pdiparams --save_file model.onnx" converts it, with the names of its two files (inference.json in place of .pdmodel since PaddlePaddle 3). A .pdparams file holds weights of training: export it first with the script of its own repository.',
  advice_frozen:
    'A SavedModel: "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx". A frozen graph: "--graphdef FILE.pb --inputs NAME:0 --outputs NAME:0" instead.',
  advice_weights_manifest:
    'The network is in the code of face-api.js and cannot be read from it. Use a face detector as ONNX, .tflite or a TensorFlow.js model.json, such as BlazeFace or UltraFace.',
  advice_javascript:
    'Packages such as nsfwjs wrap their model in JavaScript. Give the model.json with its .bin files: they are in the repository of the package, often in a folder "models", or at the address that its documentation names.',
  advice_web:
    'Give the address of the file itself (the link of "Download" or "Raw"), or hf:owner/name for a model of Hugging Face.',
  advice_export:
    'Ultralytics: "yolo export model=FILE format=onnx". torchvision, fastai and other PyTorch: models/export has a script that writes ONNX. Hugging Face: "optimum-cli export onnx --model OWNER/NAME FOLDER".',
  advice_unpack: 'Unpack it and give the folder.',
  no_files: '{where} holds no files. Expected: {expected}.{advice}',
  no_supported_model: '{where} holds no supported model. Its files: {files}. Expected: {expected}.{advice}',
  it_holds: ' There is {format}. {advice}',
  advice_zip_alone: ' Give {zip} alone, or what is in it.',
  advice_bin: ' The .bin files hold weights alone: add the .json file that came with them.',
  needs_login:
    '{host} answers {status}: it requires a login. Download the file in a browser and give the file.',
  not_a_file_there: '{host} answers {status} at {address}, which is not a file.',
  download_too_large:
    'What {host} sends is larger than the limit of {max}. The environment variable MAX_MODEL_BYTES raises the limit.',
  download_larger:
    'What {host} sends is larger ({size}) than the limit of {max}. The environment variable MAX_MODEL_BYTES raises the limit.',
  weights_path:
    'The model keeps weights in "{path}", which is not a valid path of a file next to it. Export it again.',
  hub_not_public:
    'Hugging Face has no {what}, or it is not public. Check its name; for a gated or private model accept its terms there and set HF_TOKEN to your token.',
  hub_not_accepted:
    'Hugging Face has no {what}, or it is not public. Check its name, and whether the account of HF_TOKEN accepted its terms there.',
  hub_nothing: 'Hugging Face has no {what}.',
  zip_encrypted: '{file} is encrypted. Zip it without encryption, with the usual compression.',
  zip_method: '{file} is packed by method {method}. Zip it without encryption, with the usual compression.',
} as const;

export const aboutSource = sentencesOf(SOURCES);
