import { imageClassification } from './imageClassification.ts';
import { imageEmbedding } from './imageEmbedding.ts';
import { instanceSegmentation } from './instanceSegmentation.ts';
import { keypointDetection } from './keypointDetection.ts';
import { objectDetection } from './objectDetection.ts';
import { semanticSegmentation } from './semanticSegmentation.ts';
import { textRecognition } from './textRecognition.ts';
import { thingEmbedding } from './thingEmbedding.ts';

/** What models can do here. A new task is a file next to these, a line here, and its words in the page. */
export const TASKS = [
  objectDetection,
  imageClassification,
  imageEmbedding,
  textRecognition,
  keypointDetection,
  instanceSegmentation,
  semanticSegmentation,
  thingEmbedding,
] as const;
