import { claimName } from '../lan/lanName.ts';
import { SILENT_LOG } from './silentLog.ts';

/** A process that takes the name of its first argument on the loopback interface, and tells its parent which it got. */
const name = claimName({
  wanted: process.argv[2] ?? 'livelens',
  port: 3000,
  hostname: `machine ${process.pid}`,
  log: SILENT_LOG,
  onName: (got) => process.send?.(String(got)),
  network: { interface: 'lo' },
});
process.once('message', async () => {
  await name.close();
  process.disconnect();
});
