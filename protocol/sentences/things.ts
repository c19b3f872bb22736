import { sentencesOf } from '../sentence.ts';

/** What the server says of requests about taught things. */
export const THINGS = {
  no_collection: 'There is no collection "{id}".',
  no_thing: 'There is no such thing in this collection.',
  no_sample: 'There is no such sample in this collection.',
  things_full: 'A collection has {max} things at most. Remove one, or begin another collection.',
  samples_full: 'A collection has {max} samples at most. Remove some, or begin another collection.',
  collections_full: 'There are {max} collections, which is the limit. Remove one first.',
  collection_exists: 'There is a collection called "{id}".',
  bad_collection_id:
    '"{id}" cannot be the id of a collection. Use lower case letters, digits or "-", a letter or digit first, at most {max}, and no device name of Windows such as "con".',
  name_reserved: '"{name}" is what things are called that were not taught. Give it another name.',
  nothing_to_undo: 'There is no change to take back.',
  changed_since:
    'The collection was changed since, so that change can no longer be taken back. Nothing was changed.',
  changed_while_sent:
    'The collection was changed while it was sent: the server has it as it was before, and it stays in this browser as it is now.',
  collection_broken: 'The collection "{id}" cannot be read: {why}',
  embedder_gone:
    'The model "{model}" that compares these things is not on this server any more. Add it again, or let the collection use another.',
  no_embedder: '"{model}" is no model that gives embeddings, or it does not serve.',
  embedder_size: 'The model "{model}" gives {size} numbers for a picture; {max} are the most.',
  moving: 'The pictures of this collection are being looked at by another model. Wait until that is done.',
  learning_again:
    'What was taught is learned again with the new version of its model, and nothing is named until that is done. Try again in a moment.',
  too_few_to_compare:
    'Too few samples to compare models by: teach two things or more with {min} samples each.',
  compared_model_changed:
    'The model "{model}" was replaced or removed while the models were compared. Nothing was changed; compare them again.',
  compared_others:
    'The model "{model}" was replaced or removed while the models were compared: only the others were. Compare them again.',
  changed_while_compared:
    'The samples were changed while the models were compared. What was taught is kept; compare the models again.',
  comparison_cancelled: 'The comparison of models was cancelled. Nothing was changed.',
  things_changed: 'The model of taught things was replaced meanwhile. Try again.',
  no_exported_collection: 'This is no collection that was exported: the zip has no collection.json.',
  exported_broken: '{file} of the exported collection is broken: {why}. Export it again.',
  for_servers:
    'The things of this collection are compared by the model "{model}", which a browser does not run. Import it on a server.',
  nothing_to_export: 'The collection "{id}" has no things yet: there is nothing to make a model of.',
  onnx_failed: 'The model could not be made: {why}',
} as const;

export const aboutThings = sentencesOf(THINGS);
