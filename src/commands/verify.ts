// `hookline verify`: would this request be accepted, and if not, why? Exit code 0 valid, 1 invalid, 2 wrong usage.
// It sends nothing, and never prints a secret.
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { JsonObject } from '../../workflows/definition.ts';
import { providers } from '../providers/index.ts';
import type { Provider } from '../providers/provider.ts';
import { diagnose } from '../verify/diagnosis.ts';
import { givenSettings, InputError, judgedAtMs, namedProvider, questionOf } from '../verify/input.ts';
import type { NamedSecret, Question } from '../verify/question.ts';
import { parseRawRequest, RawRequestError } from '../verify/raw-request.ts';
import { reportText } from '../verify/report.ts';
import { CommandError, commandSettings, severalOption } from './command.ts';
import { knownSource, publicUrlOf } from './known-source.ts';

interface Flags {
  provider?: string;
  source?: string;
  secret: string[];
  secretFile: string[];
  header: string[];
  body?: string;
  bodyFile?: string;
  requestFile?: string;
  url?: string;
  method?: string;
  scheme?: string;
  at?: string;
  setting: string[];
  json?: boolean;
}

const STANDARD_INPUT = '-';

/** Adds `verify`. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('Say whether a request would be accepted, and if not, why')
    .option('--provider <name>', 'who is said to have sent it')
    .option('--source <name>', 'take provider, settings and secrets from this source of the flows')
    .addOption(severalOption('--secret <text>', 'a secret, as it is stored'))
    .addOption(severalOption('--secret-file <file>', 'a file that holds a secret (one newline at its end is dropped)'))
    .addOption(severalOption('--header <line>', "a header, 'Name: value'"))
    .option('--body <text>', 'the body as text; - reads it from standard input')
    .option('--body-file <file>', 'the file with the raw body')
    .option('--request-file <file>', 'a file with the whole HTTP/1.1 request, as a proxy saved it')
    .option('--url <url>', 'the URL as the sender was told it, where it is signed')
    .option('--method <method>', 'the method (default: POST)')
    .option('--scheme <version>', "pin the version of the provider's scheme, where it has several")
    .option('--at <unix>', 'judge as of this time, Unix seconds (default: now)')
    .addOption(severalOption('--setting <key=value>', 'a setting of the provider, as in its source'))
    .option('--json', 'print the diagnosis as JSON')
    .action(async (flags: Flags) => {
      const question = await readQuestion(flags).catch(asUsageError);
      const diagnosis = diagnose(question, providers);
      process.stdout.write(flags.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : reportText(diagnosis));
      if (!diagnosis.valid) process.exitCode = 1;
    });
}

async function readQuestion(flags: Flags): Promise<Question> {
  const sender = await senderOf(flags);
  const settings = givenSettings(sender.provider, sender.settings, flags.setting, flags.scheme);
  const given = await secretsOf(flags);
  const saved = flags.requestFile === undefined ? undefined : parseRawRequest(await readInput(flags.requestFile));
  const request = {
    saved,
    method: flags.method,
    url:
      flags.url ?? (saved?.target.startsWith('http') ? undefined : sender.url && withQuery(sender.url, saved?.target)),
    headers: flags.header,
    body: await bodyOf(flags),
  };
  const nowMs = flags.at === undefined ? Date.now() : judgedAtMs(flags.at);
  return questionOf(sender.provider, settings, given.length > 0 ? given : sender.secrets, request, nowMs);
}

interface Sender {
  provider: Provider;
  settings: JsonObject;
  secrets: NamedSecret[];
  /** What third parties call, without a query. */
  url?: string;
}

async function senderOf({ source: name, provider: providerName }: Flags): Promise<Sender> {
  if (name === undefined) {
    if (providerName === undefined) throw new InputError('Say who sent it: --provider NAME, or --source NAME');
    return { provider: namedProvider(providerName, providers), settings: {}, secrets: [] };
  }
  const settings = commandSettings({}, '.env');
  const { source, provider, secrets } = await knownSource(settings, name);
  const url = publicUrlOf(source, settings);
  if (providerName === undefined || providerName === provider.name) {
    return { provider, settings: source.auth.settings, secrets, url };
  }
  return { provider: namedProvider(providerName, providers), settings: {}, secrets, url };
}

async function secretsOf({ secret, secretFile }: Flags): Promise<NamedSecret[]> {
  const texts = secret.map((value, index) => ({ name: `--secret ${index + 1}`, value }));
  const files: NamedSecret[] = [];
  for (const file of secretFile) {
    // As the secret store reads its files.
    const value = (await readInput(file)).toString('utf8').replace(/\r?\n$/, '');
    files.push({ name: `--secret-file ${file}`, value });
  }
  return [...texts, ...files];
}

async function bodyOf({ body, bodyFile }: Flags): Promise<Buffer | undefined> {
  if (body !== undefined && bodyFile !== undefined) throw new InputError('Give --body or --body-file, not both');
  if (bodyFile !== undefined) return readInput(bodyFile);
  if (body === undefined) return undefined;
  return body === STANDARD_INPUT ? buffer(process.stdin) : Buffer.from(body);
}

async function readInput(path: string): Promise<Buffer> {
  if (path === STANDARD_INPUT) return buffer(process.stdin);
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(error.code === 'ENOENT' ? `${path} does not exist` : `${path}: ${error.message}`);
  });
}

/** The public URL with the query of the request that was saved. */
function withQuery(url: string, target: string | undefined): string {
  const queryAt = target?.indexOf('?') ?? -1;
  return queryAt === -1 ? url : url + target!.slice(queryAt);
}

function asUsageError(error: unknown): never {
  if (error instanceof InputError || error instanceof RawRequestError) throw new CommandError(error.message, 2);
  throw error;
}
