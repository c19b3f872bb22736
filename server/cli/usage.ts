/** The command line is wrong; the message says how it should be. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const EXIT_CODES = `Exit codes: 0 done; 1 it failed or was refused, nothing changed; 2 the command line is wrong, or a yes is
missing; 130 interrupted, and it says what was changed, if anything.`;

const ENVIRONMENT = `Environment: MODELS_DIR (where models are), PORT (where the server listens), MAX_MODEL_BYTES, HF_TOKEN and
HF_ENDPOINT (Hugging Face), TOKEN or ADMIN_TOKEN (what a server elsewhere asks for), LIVELENS_CONFIG_DIR (where the
secret is by which servers of yours know you).`;

const SERVER = `  --server URL      not the models of this machine: those of the server there, by its API: with ADMIN_TOKEN, or
                    without where you started it yourself on this machine
  --json            the result as JSON on standard output`;

export const USAGE: Readonly<Record<string, string>> = {
  '': `npm run models -- COMMAND

  add SOURCE        bring a model, look at it, try it, and make it live after a yes
  link              print a link that lets a browser change models, once
  list              what there is
  show ID           show details
  verify [ID]       run its goldens: does it still give what it gave where it comes from?
  rollback ID       back to the version before
  remove ID         delete a model

"npm run models -- COMMAND --help" tells more.
${EXIT_CODES}
${ENVIRONMENT}`,

  add: `npm run models -- add SOURCE… [OPTION]…

SOURCE is an ONNX file (.onnx), a TensorFlow.js model (its .json file, with the .bin files beside it), a folder or a zip
with one of them (a Teachable Machine zip as it was downloaded), an https address of one of these, or
hf:owner/name[@revision][/path.onnx]. Files beside it that name its labels (labels.txt, NAME.txt, NAME-labels.txt,
classes.txt, config.json and others) are read, too. Several are added one after the other, all with the same options.
While another command or the server is busy with a model, it waits for its turn.

What the model and the files beside it do not say, and cannot be inferred, is said by options:
  --id ID           name of its folder, such as my-birds; a model that has it is updated. Without --id a name that is taken
                    by a model from elsewhere is changed, and nothing replaced
  --name NAME       its name for people
  --task TASK       object-detection, image-classification or image-embedding
  --output NAME     the output to read, of a model with several
  --labels FILE     names of the outputs: a name on each line, numbered or not, CSV, JSON, YAML, .pbtxt
  --layout L        NCHW or NHWC
  --channels C      RGB or BGR
  --scale N --mean A,B,C --std A,B,C
                    pixels become (value * scale - mean) / std; value is 0..255, scale may be 1/255
  --size WxH        of the input, where the graph leaves it open
  --fit F           stretch, crop or letterbox
  --crop N          with crop: how much of the picture is seen, 0.1 to 1; 224 of 256 pixels are 0.875
  --resample R      nearest, bilinear, antialiased, bicubic or lanczos
  --activation A    none, softmax or sigmoid
  --multi-label     several labels may hold at once
  --head H          ssd, detr, yolo-v5, yolo-v8, yolo-end-to-end or boxes-scores-classes
  --box-order O     left-top-right-bottom, top-left-bottom-right, centre-width-height or left-top-width-height
  --min-score N     labels below it are not shown, 0 to 1
  --license SPDX    such as Apache-2.0

And:
  --samples DIR     pictures of yours to try it on; named after labels (cat-1.jpg, cat-2.jpg), they prove how
                    pictures are to be prepared
  --yes             do not ask; of a name that is taken, take the one that is proposed
  --allow-private   SOURCE may be an address of this machine or of a private network, also over http
${SERVER}

${EXIT_CODES}
${ENVIRONMENT}`,

  link: `npm run models -- link [OPTION]…

Prints a link to the page of the server that runs. Who opens it first may change models in that browser for 30 days;
the link is good once, within an hour. Where people open the page at another address, put what follows "#" after that.
${SERVER}`,
  list: `npm run models -- list [OPTION]…\n\n${SERVER}`,
  show: `npm run models -- show ID [OPTION]…\n\n${SERVER}`,
  verify: `npm run models -- verify [ID] [OPTION]…

Runs the goldens of one model, or of all, and tells whether they agree. Exit code 1 when one does not.
${SERVER}`,
  rollback: `npm run models -- rollback ID [VERSION] [OPTION]…

Makes the version live that was live before, or the one that is named; "npm run models -- show ID" lists them.
${SERVER}`,
  remove: `npm run models -- remove ID [OPTION]…\n\n  --yes             do not ask\n${SERVER}`,
};
