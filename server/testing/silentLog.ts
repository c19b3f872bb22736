import pino from 'pino';
import type { Log } from '../telemetry/log.ts';

export const SILENT_LOG: Log = pino({ level: 'silent' });
