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
  verify [ID]       run the goldens: does a model still give its recorded answers?
  rollback ID       go back to the previous version
  remove ID         delete a model

"npm run models -- COMMAND --help" shows more.
${EXIT_CODES}
${ENVIRONMENT}`,

  add: `npm run models -- add SOURCE… [OPTION]…

SOURCE is an ONNX file (.onnx), a TensorFlow.js model (its .json file, with the .bin files next to it), a folder or a
zip with one of them (a Teachable Machine zip as it was downloaded), an https address of one of these, or
hf:owner/name[@revision][/path.onnx]. Files next to it that name its labels (labels.txt, NAME.txt, NAME-labels.txt,
classes.txt, config.json and others) are read, too. Several sources are added one after the other, with the same
options. While another command or the server is changing a model, the command waits.

Options for what the model and the files next to it do not declare and cannot be inferred:
  --id ID           folder name and API id, such as my-birds; an existing id gets a new version. Without --id, an id
                    that belongs to another model is not replaced: a free one is proposed
  --name NAME       display name
  --task TASK       object-detection, image-classification or image-embedding
  --output NAME     the output to read, of a model with several
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
  --head H          ssd, detr, yolo-v5, yolo-v8, yolo-end-to-end or boxes-scores-classes
  --box-order O     left-top-right-bottom, top-left-bottom-right, centre-width-height or left-top-width-height
  --min-score N     default confidence, 0 to 1: labels with a lower score are not shown
  --license SPDX    such as Apache-2.0

Other options:
  --samples DIR     your own pictures to try it on; if they are named after labels (cat-1.jpg, cat-2.jpg), they prove
                    how pictures must be prepared
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
