/** The command line is wrong; the message says how it should be. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const EXIT_CODES = `Exit codes: 0 done; 1 failed or refused, nothing changed; 2 the command line is wrong, or confirmation is
missing; 130 interrupted, with a message about what changed, if anything.`;

const ENVIRONMENT = `Environment: MODELS_DIR (folder of the models), PORT (port of the server), MAX_MODEL_BYTES, HF_TOKEN and
HF_ENDPOINT (Hugging Face), TOKEN or ADMIN_TOKEN (the tokens of a server elsewhere), LIVELENS_CONFIG_DIR (folder of the
secret that proves to your servers who you are).`;

const SERVER = `  --server URL      use the models of the server at this address, through its API, instead of those of this
                    machine. Needs ADMIN_TOKEN, unless you started that server yourself on this machine
  --json            print the result as JSON on standard output`;

export const USAGE: Readonly<Record<string, string>> = {
  '': `npm run models -- COMMAND

  add SOURCE        import a model, check it, and make it live after you confirm
  link              print a link that lets a browser change models, once
  list              list all models
  show ID           show details of a model
  quantize ID       make a smaller and faster int8 version, compare it, and make it live after you confirm
  words ID WORD…    say what a model with a text tower (CLIP, SigLIP, OWL-ViT) looks for
  score ID FOLDER   say how good a model is on pictures whose labels are known
  verify [ID]       run the goldens: does a model still give its recorded answers?
  rollback ID       go back to the previous version
  remove ID         delete a model

"livelens serve" starts the server; "livelens worker --queue nats://…" starts a machine that runs models for it.
"npm run livelens -- top" shows what goes on now, live: of this server, or of many machines.
"npm run livelens -- things --help" is about what was taught to a server: list, add, export, import.
"npm run livelens -- deploy check" checks what is needed to put the server online.
"npm run models -- COMMAND --help" shows more. "node bin/livelens.js config" prints the settings in force.
Every setting is a flag, too: --models-dir DIR, --config FILE (docs/configuration.md).
${EXIT_CODES}
${ENVIRONMENT}`,

  serve: `node bin/livelens.js serve [--SETTING VALUE]…

Starts the server, built before by "npm run build": pages, API and streams, and the processes that run models. Relative paths start
at the folder of the package.
  --queue URL       NATS servers with JetStream, such as nats://nats.example:4222: models then run on other machines, each
                    started with "livelens worker", and the same server may run on several machines, too
  --port N          where it listens; default 3000
  --config FILE     the file of settings
All settings, those of NATS among them: docs/configuration.md. Many machines: docs/many-machines.md.
Exit codes: 0 stopped by SIGTERM or SIGINT, with all work done; 1 a setting is wrong, or the start failed.`,

  worker: `node bin/livelens.js worker --queue URL [--SETTING VALUE]…

Starts a machine that runs models for the servers that were started with the same --queue. Models come from them: it needs none of
its own. On SIGTERM it takes no more frames, finishes those that it has, and ends.
  --queue URL       NATS servers with JetStream, such as nats://nats.example:4222
  --workers N       number of processes that run models; default by cores and memory
  --worker-group G  workers of one group share one line of frames; default "default"
  --port N          where it answers /livez, /readyz and /metrics; default any free port, which the log tells
  --config FILE     the file of settings
All settings: docs/configuration.md. Many machines: docs/many-machines.md.
Exit codes: 0 stopped by SIGTERM or SIGINT, with all work done; 1 a setting is wrong, or the start failed.`,

  config: `node bin/livelens.js config [--json] [--SETTING VALUE]…

Prints every setting with its value and where that comes from: flag, environment, file, platform or default. Secrets are
left out. Exit code 1 where a setting is wrong; the message names it.
  --config FILE     the file of settings; default livelens.config.yaml, .yml or .json in the working folder
  --json            print the result as JSON`,

  add: `npm run models -- add SOURCE… [OPTION]…

SOURCE is an ONNX file (.onnx), a TensorFlow Lite model (.tflite), a TensorFlow.js model (its .json file, with the .bin files
next to it), a folder or a zip with one of them (a Teachable Machine zip as it was downloaded), an https address of one of these, or
hf:owner/name[@revision][/path.onnx]. Files next to it that name its labels (labels.txt, NAME.txt, NAME-labels.txt,
classes.txt, config.json and others) are read, too. Several sources are added one after the other, with the same
options. While another command or the server is changing a model, the command waits.

Options for what the model and the files next to it do not declare and cannot be inferred:
  --id ID           folder name and API id, such as my-birds; an existing id gets a new version. Without --id, an id
                    that belongs to another model is not replaced: a free one is proposed
  --name NAME       display name
  --task TASK       object-detection, keypoint-detection, instance-segmentation, semantic-segmentation,
                    image-classification or image-embedding
  --output NAME     the output to read, of a model with several
  --words A,B,…     what a model with a text tower (CLIP, SigLIP, OWL-ViT) looks for: "a cat, a mug"
  --labels FILE     names of the outputs: one per line, numbered or not, or CSV, JSON, YAML, .pbtxt
  --layout L        NCHW or NHWC
  --channels C      RGB or BGR
  --scale N --mean A,B,C --std A,B,C
                    pixels become (value * scale - mean) / std; value is 0..255, scale may be 1/255
  --size WxH        input size, where the graph leaves it open
  --fit F           stretch, crop or letterbox
  --crop N          with crop: crop fraction, 0.1 to 1; 224 of 256 pixels are 0.875
  --resample R      nearest, bilinear, antialiased, bicubic or lanczos
  --activation A    none, softmax or sigmoid
  --multi-label     several labels may apply at once
  --head H          ssd, detr, yolo-v5, yolo-v8, yolo-end-to-end, boxes-scores-classes, grid or anchors
  --anchors A       efficientdet, retinanet-torchvision, retinanet-keras, ssd300, ssd300-voc, ssdlite320 or ssd-tensorflow
  --box-order O     left-top-right-bottom, top-left-bottom-right, centre-width-height or left-top-width-height
  --min-score N     default confidence, 0 to 1: labels with a lower score are not shown
  --license SPDX    such as Apache-2.0

Other options:
  --samples DIR     your own pictures to try it on; if they are named after labels (cat-1.jpg, cat-2.jpg), they prove
                    how pictures must be prepared
  --quantize        make an int8 version of it as well, as "quantize" does, with its --pictures and --bits
  --yes             do not ask; if the id is taken, use the proposed one
  --allow-private   SOURCE may be an address of this machine or of a private network, also over http
${SERVER}

${EXIT_CODES}
${ENVIRONMENT}`,

  link: `npm run models -- link [OPTION]…

Prints a link to the page of the running server. The first browser that opens it may change models for 30 days. The
link works once, within one hour. If people open the page at another address, append everything from "#" to that address.
${SERVER}`,
  list: `npm run models -- list [OPTION]…

Lists all models.
${SERVER}`,
  show: `npm run models -- show ID [OPTION]…

Shows a model's input, labels, goldens and versions.
${SERVER}`,
  quantize: `npm run models -- quantize ID [OPTION]…

Makes an int8 version of a convolutional model: a quarter of the size and, on most processors, faster. It is compared with the
version that is live, and is live after you confirm; where it is not faster on this machine, nothing changes.
docs/quantizing.md explains the report.
  --pictures DIR    pictures of what the model will see, 30 or more: two thirds choose the ranges of numbers, the rest
                    compare both versions. With COCO JSON or YOLO text labels next to them the report has average
                    precision. Default: the model's goldens and the photos that ship
  --bits N          of weights, 8 or 7. Default: 8, and 7 on processors without instructions for int8, which cut off
                    sums of larger ones. A version of 7 bits runs everywhere
  --yes             do not ask
${SERVER}`,
  score: `npm run models -- score ID[@VERSION] FOLDER [OPTION]…

Runs a model of this machine on pictures whose labels are known, and says how good it is. A detector: FOLDER holds pictures, or
a folder "images" with them, and COCO JSON or YOLO text labels (with data.yaml or classes.txt) lie around them; average
precision is COCO's, also of the boxes of masks and key points. A classifier: FOLDER holds a folder of pictures for each label;
top-1 and top-5. A model that names each pixel: PNG masks in a folder "masks" next to "images"; mean intersection over union.
The score is kept with the version. docs/scoring.md explains it.
  --version V       score this version instead of the one that is live; twice: both side by side
  --truth FILE      labels of a detector's pictures in COCO's format, where they do not lie around them
  --worst N         number of worst pictures to list. Default: 10
${SERVER}`,
  words: `npm run models -- words ID [WORD…] [OPTION]…

Makes a version of a model with a text tower (CLIP, SigLIP, OWL-ViT) that looks for these words or phrases, and makes it live. Names
of things are read as "a photo of a …", phrases as they are; the command prints what was read. Words may also be
separated by commas: "a cat, a mug". Without words it prints those that the model looks for now. docs/words.md explains it.
${SERVER}`,
  verify: `npm run models -- verify [ID] [OPTION]…

Runs the goldens of one model, or of all, and reports whether they agree. Exit code 1 if one does not.
${SERVER}`,
  rollback: `npm run models -- rollback ID [VERSION] [OPTION]…

Makes the previous version live, or the given one; "npm run models -- show ID" lists the versions.
${SERVER}`,
  remove: `npm run models -- remove ID [OPTION]…

Removes a model and all its versions.
  --yes             do not ask
${SERVER}`,
};
