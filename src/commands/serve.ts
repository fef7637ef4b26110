// `hookline serve`: Hookline in production. Settings come from the environment; nothing is made up.
import { Option, type Command } from 'commander';
import { createLogger } from '../logger.ts';
import type { Role } from '../hookline.ts';
import { createSecretLookup } from '../secrets.ts';
import { commandSettings } from './command.ts';
import { checkDataFolder, checkFlowsFolder } from './folders.ts';
import { stopOnSignals } from './signals.ts';

const DEFAULT_HOST = '0.0.0.0';

/** Adds `serve`. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Run the receiver, the dispatcher and the worker (settings: docs/configuration.md)')
    .addOption(
      new Option('--only <part>', 'run one part: the receiver with inbox and dispatch, or the worker').choices([
        'receiver',
        'worker',
      ]),
    )
    .action(async (flags: { only?: 'receiver' | 'worker' }) => {
      const settings = commandSettings({});
      settings.host ??= DEFAULT_HOST;
      const logger = createLogger(settings.logLevel, process.stdout.isTTY);
      for (const warning of settings.warnings) logger.warn(warning);
      const role: Role = flags.only ?? 'all';
      if (role !== 'worker') await checkFlowsFolder(settings.flows);
      await checkDataFolder(settings.dataDir);
      // Loaded here: the other commands need no Temporal, and start in a third of the time without it.
      const { startHookline } = await import('../hookline.ts');
      const hookline = await startHookline({
        settings,
        role,
        logger,
        secrets: createSecretLookup(settings.secrets, settings.secretsDir),
        config: (name) => settings.config[name],
        watch: false,
        progress: (line) => logger.info(line),
      });
      stopOnSignals(hookline, logger);
      logger.info({ url: hookline.url, temporal: hookline.temporalAddress, role }, 'Hookline is listening');
      hookline.ready.then(
        () => logger.info('Hookline is ready: runs can start'),
        () => undefined, // Stopped before it ever was.
      );
    });
}
