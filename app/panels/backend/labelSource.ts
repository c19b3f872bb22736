import type { BackendReport } from '../../recognizers/backend.ts';
import { type ReasonText, reasonText } from '../../recognizers/reasonText.ts';
import type { Backend } from '../../recognizers/recognizer.ts';
import type { Words } from '../../ui/words/en.ts';

/**
 * Where the labels on the screen come from, and why, in words.
 * @param areCodes codes are read and nothing else: on this device, whatever runs models
 */
export function labelSource(
  words: Words,
  report: BackendReport,
  areCodes: boolean,
): ReasonText & { readonly backend: Backend } {
  if (!areCodes) return { backend: report.backend, ...reasonText(words, report) };
  return { backend: 'device', title: words.backendNames.device, ...words.whyDevice.codes };
}
