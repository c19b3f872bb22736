import { connectNats } from '../nats/link.ts';
import { openNatsLibrary } from '../nats/natsLibrary.ts';
import { packedOf } from './packedVersion.ts';
import { SILENT_LOG } from './silentLog.ts';

/** A gateway that sends a version to a fleet; it is killed meanwhile. Arguments: address of NATS, bytes of the file. */
const [url = '', bytes = '0'] = process.argv.slice(2);
const link = await connectNats({ urls: [url], name: 'fleet', clientName: 'killed' }, SILENT_LOG);
const library = await openNatsLibrary(link, SILENT_LOG);
await library.upload(packedOf('birds', { 'model.onnx': Buffer.alloc(Number(bytes), 7) }));
