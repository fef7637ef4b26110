// `hookline dev` (what `npm start` calls): everything in one process, with nothing configured. Loopback only by default.
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Command } from 'commander';
import { banner } from '../dev/banner.ts';
import { exampleCall } from '../dev/example.ts';
import { createSink, SINK_PATH, type Caught } from '../dev/sink.ts';
import { createLogger } from '../logger.ts';
import { createSecretLookup, withDevelopmentSecrets } from '../secrets.ts';
import { commandSettings } from './command.ts';
import { checkDataFolder, checkFlowsFolder } from './folders.ts';
import { stopOnSignals } from './signals.ts';

const DEV_HOST = '127.0.0.1';

/** Adds `dev`. */
export function addDev(program: Command): void {
  program
    .command('dev')
    .description(
      'Run everything on this machine: receiver, worker and a Temporal server; what is not configured is made up',
    )
    .action(dev);
}

async function dev(): Promise<void> {
  const startedAt = performance.now();
  const settings = commandSettings(
    { HOOKLINE_ALLOW_PRIVATE_NETWORK: 'true' },
    '.env',
    // Whoever tries a flow sends the same file again and again.
    { HOOKLINE_REPLAY_WINDOWS: 'false' },
  );
  settings.host ??= DEV_HOST;
  const logger = createLogger(settings.logLevel, true);
  for (const warning of settings.warnings) logger.warn(warning);

  await checkFlowsFolder(settings.flows);
  await checkDataFolder(settings.dataDir);

  // Loaded here: the other commands need neither mail nor Temporal, and start in a third of the time without them.
  const { startMailSink } = await import('../dev/mail-sink.ts');
  const { startHookline } = await import('../hookline.ts');
  const mailSink = await startMailSink(show);
  const secretsFile = join(settings.dataDir, 'development-secrets.json');
  const secrets = withDevelopmentSecrets(
    createSecretLookup(settings.secrets, settings.secretsDir),
    secretsFile,
    (name) => logger.debug({ secret: name }, 'made up a development secret'),
  );
  let sinkUrl = `http://127.0.0.1:${settings.port}`;
  const hookline = await startHookline({
    settings,
    role: 'all',
    logger,
    secrets,
    config: (name) => settings.config[name] ?? madeUpConfig(name, sinkUrl, mailSink.url),
    watch: true,
    decorateServer: addSink,
    progress: (line) => process.stdout.write(`${line}\n`),
  }).catch(async (error: Error) => {
    await mailSink.stop();
    throw error;
  });
  sinkUrl = hookline.url;
  stopOnSignals(hookline, logger, mailSink.stop);
  await hookline.ready;
  const { temporalUiUrl, url } = hookline;
  const catalog = hookline.catalog();
  const example = exampleCall(catalog, url, secrets, settings.flows);
  const startedInMs = performance.now() - startedAt;
  const { temporalNamespace: namespace, flows: flowsFolder } = settings;
  // What cannot be asked now is only not shown.
  const upcoming = await hookline.upcoming().catch(() => []);
  process.stdout.write(banner({ url, temporalUiUrl, namespace, catalog, flowsFolder, example, upcoming, startedInMs }));
}

/** `config.CRM_URL` that is not set becomes the local sink's `/sink/crm`. */
function madeUpConfig(name: string, sinkUrl: string, mailUrl: string): string | undefined {
  if (name === 'SMTP_URL') return mailUrl;
  if (!name.endsWith('_URL')) return undefined;
  return `${sinkUrl}${SINK_PATH}${name.slice(0, -'_URL'.length).toLowerCase().replaceAll('_', '-')}`;
}

/** Puts the sink before the receiver on the same port, so that its URL survives restarts like a real service's. */
function addSink(server: Server): void {
  const sink = createSink(show);
  const receive = server.listeners('request') as ((...args: unknown[]) => void)[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.url?.startsWith(SINK_PATH)) return sink(request, response);
    for (const listener of receive) listener.call(server, request, response);
  });
}

function show({ target, title, text }: Caught): void {
  process.stdout.write(`  → ${target}  ${title}${text === '' ? '' : `\n      ${text.replaceAll('\n', '\n      ')}`}\n`);
}
