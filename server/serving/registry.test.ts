import { openRegistry } from '../testing/openRegistry.ts';
import { describeModelDirectory } from './modelDirectoryContract.ts';

describeModelDirectory('registry', openRegistry);
