import { describeModelDirectory } from '../../serving/modelDirectoryContract.ts';
import { openRegistry } from '../openRegistry.ts';
import { connectModelDirectory, serveModelDirectory } from './socketDirectory.ts';

describeModelDirectory('over a socket', async (t, options) => {
  const local = await openRegistry(t, options);
  const server = await serveModelDirectory(local.directory);
  const directory = await connectModelDirectory(server.path);
  t.after(async () => {
    await directory.close();
    await server.close();
  });
  return {
    directory,
    addColours: local.addColours,
    get canLoad() {
      return local.canLoad;
    },
    set canLoad(can) {
      local.canLoad = can;
    },
  };
});
