import { firstBox } from '../firstBox.ts';
import type { BenchLine } from '../result.ts';

/** Opening the page to the first box on the device, in WebKit. */
export const measure: BenchLine = () => firstBox('webkit');
