import { sentencesOf } from '../sentence.ts';

/** What the server says of requests about models: why it refuses them. */
export const MODELS = {
  link_from_page: 'Only a page of this server can use the code of a link.',
  link_used:
    'This link was used before, has expired, or is of a server that has been restarted. "npm run models -- link", on the machine of the server, prints a new one.',
  link_by_operator:
    'Links are made by "npm run models -- link" on the machine of the server, or with ADMIN_TOKEN.',
  others_measure: 'Others measure their connection now. Try again in a moment.',
  server_restarts: 'The server restarts. Try again in a moment.',
  downloads_busy: '{count} downloads are in progress. Try again in a moment.',
  lan_off: 'LAN mode is off: LAN=1 switches it on.',
  codes_for_operator:
    'Codes for other devices are given on the machine of the server, and to who has a token of its operator or may change models.',
  no_network: 'This machine is on no network. Connect it to the one that the phone is on.',
  code_used: 'This code was used by another device, or has expired. Scan the new one.',
  no_authority: 'This server has no certificate authority of its own.',
  version_stopped: 'Version {version} does not serve any more: {why}',
  no_model: 'There is no model "{id}".',
  server_failed: 'Something went wrong at the server; its log has the reason.',
  origin_refused:
    'Pages of this origin may not use this server. Its operator can allow them with ALLOWED_ORIGINS.',
  pictures_too_slow: 'Pictures from here took too long to decode. Try again in {seconds} s.',
  pictures_busy: '{count} pictures are in progress. Try again in a moment.',
  imports_wait: '{count} imports wait for an answer. End one of them first.',
  no_import: 'There is no such import. An import that is not answered is removed after 15 minutes.',
  options_too_late: 'Options can be changed after the inspection; the import is {phase}.',
  nothing_to_accept: 'There is nothing to accept; the import is {phase}.',
  int8_not_faster: 'The int8 version is not faster on this machine, so it is not made live.',
  quantized_other:
    'Version {version} has become live since this int8 version was made of the one before. Quantise it again.',
  being_made_live: 'The version is being made live. Roll it back afterwards if needed.',
  upload_stalled: 'The upload stalled for 30 s. Send it again.',
  upload_empty: 'The body of the request is empty; a model file is expected.',
  upload_too_large:
    'The file is larger than the limit of {max}. The environment variable MAX_MODEL_BYTES raises the limit.',
  bad_id:
    '"{id}" cannot be the id of a model. Use lower case letters, digits, ".", "_" or "-", at most 64, a letter or digit first, no dot at the end, and neither {reserved} nor a device name of Windows such as "con".',
  only_model:
    '"{id}" is the only model here, and a server without one does not start. Add another one first.',
  no_model_but: 'There is no model "{id}". Models here: {models}.',
  model_exists: 'A model called "{id}" exists now.',
  no_picture: 'A JPEG, PNG or WebP picture expected; these bytes are none of them.',
  picture_unreadable: 'The picture could not be read: {why}',
  picture_too_costly: 'The picture takes too long to decode ({why}). Save it as a baseline JPEG, or smaller.',
  server_overloaded: 'The server has too much to do. Try again in a moment.',
  worker_ended: 'The worker ended while it processed the picture. Try again.',
  none_serves: 'No model serves yet. Try again in a moment.',
  not_loaded: 'The model "{id}" cannot be loaded: {why}',
  no_worker: 'No worker machine runs "{id}" now. Start one with "livelens worker", or try again in a moment.',
  no_room: 'There is no room for another model while "{id}" is in use. Try again in a minute.',
  no_room_beside:
    'A worker has no room for "{id}" beside the models that it holds. Raise MODELS_MEMORY_MB or the memory of the workers, or remove a model.',
} as const;

export const aboutModels = sentencesOf(MODELS);
