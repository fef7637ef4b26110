// The SDK's native runtime: one a process, set up before anything connects.
// It must never handle signals: the process stops its parts in order by itself.
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';
import { isRoutine, sdkFields } from './sdk-log.ts';

/** pino's methods by the SDK's levels. The SDK's "info" is about its own life: debug to us. */
const METHODS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Says how the runtime shall be, for the first connection to make it. It lives only while there are connections, so that a
 * process that cannot start ends by itself. Where one lives already nothing changes: there is one for all.
 */
export function installRuntime(logger: Logger): void {
  if (Runtime._instance) return;
  Runtime.defaultOptions = {
    shutdownSignals: [],
    logger: sdkLogger(logger),
    telemetryOptions: {
      // Core warns of every lost connection and repeated poll; the engine tells once that Temporal is away.
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  };
}

function sdkLogger(logger: Logger): DefaultLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    logger[isRoutine(message, meta) ? 'debug' : METHODS[level]](sdkFields(message, meta), message);
  });
}
