// `hookline send SOURCE --file F`: signs a payload as its provider would and posts it to the Hookline that runs, so that a flow
// can be tried without the third party. It never prints a secret. Exit codes: 0 taken, 1 refused or nobody there, 2 wrong usage.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Settings } from '../config.ts';
import type { Catalog, Source } from '../flow/catalog.ts';
import { askArrival, expectedArrival } from '../send/arrival.ts';
import { sentBody } from '../send/body.ts';
import { post, type Answer } from '../send/post.ts';
import { prepareDelivery, SendError, type SigningKey } from '../send/prepare.ts';
import { answerText, arrivalText, isRefusal } from '../send/report.ts';
import type { Draft, SignedDelivery } from '../send/signed-delivery.ts';
import { apiBase, nobodyThere, urlOption } from './api.ts';
import { CommandError, commandSettings, countOf, severalOption } from './command.ts';
import { knownSource, publicUrlOf, type KnownSource } from './known-source.ts';

interface Flags {
  file: string;
  event?: string;
  id?: string;
  header: string[];
  keyFile?: string;
  url?: string;
  contentType?: string;
  count: string;
}

const STANDARD_INPUT = '-';
const COUNT_MAX = 1_000;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$/;
const LOOPBACK = /^(https?:\/\/)(?:localhost|\[::1\])(?=[:/]|$)/i;

/** Adds `send`. */
export function addSend(program: Command): void {
  program
    .command('send')
    .description('Sign a payload as its provider would and post it to the Hookline that is running')
    .argument('<source>', "the source's name, as in its URL below /hooks/")
    .requiredOption('--file <file>', 'the payload; - reads it from standard input')
    .option('--event <type>', 'the event type (default: what a flow listens for)')
    .option('--id <id>', 'the delivery id (default: a new one each time)')
    .addOption(severalOption('--header <line>', "a header, 'Name: value'"))
    .option('--key-file <pem>', 'the private key, for providers that sign with one')
    .addOption(urlOption())
    .option('--content-type <type>', 'what the payload is (default: by its name and content)')
    .option('--count <n>', 'send it so often, each time as a delivery of its own unless --id is given', '1')
    .action((name: string, flags: Flags) => send(name, flags));
}

async function send(name: string, flags: Flags): Promise<void> {
  const count = countOf('--count', flags.count, COUNT_MAX);
  const settings = commandSettings({}, '.env');
  const known = await knownSource(settings, name);
  const { source, provider } = known;
  if (source.retired) {
    throw new CommandError(
      `The source ${source.name} is retired (${source.file}:${source.line}): it answers 410 to everybody`,
    );
  }
  const key = await keyOf(known, flags.keyFile);
  const bytes = await readPayload(flags.file);
  const base = apiBase(settings, flags.url);
  const headers = flags.header.map(headerOf);
  const contentType = flags.contentType ?? headers.find(([header]) => header.toLowerCase() === 'content-type')?.[1];
  const draft: Omit<Draft, 'id'> = {
    provider,
    settings: source.auth.settings,
    url: publicUrlOf(source, settings) ?? `${base.replace(LOOPBACK, '$1127.0.0.1')}/hooks/${source.name}`,
    method: source.methods === undefined || source.methods.includes('POST') ? 'POST' : source.methods[0]!,
    body: sentBody(provider, flags.file, bytes, contentType),
    headers,
  };
  for (let sent = 0; sent < count; sent += 1) {
    const id = flags.id ?? `send-${randomBytes(6).toString('hex')}`;
    const signed = prepare(known, { ...draft, id }, flags, key);
    const url = `${base}/hooks/${source.name}${new URL(signed.request.url).search}`;
    await sendOne(known, settings, base, url, signed, key);
  }
}

function prepare(known: KnownSource, draft: Draft, flags: Flags, key: SigningKey): SignedDelivery {
  const secrets = known.secrets.map(({ value }) => value);
  try {
    return prepareDelivery(known.catalog, known.source, draft, flags, key, secrets, Date.now());
  } catch (error) {
    if (error instanceof SendError) throw new CommandError(error.message, 2);
    throw error;
  }
}

async function sendOne(
  { catalog, source, provider, secrets }: KnownSource,
  settings: Settings,
  base: string,
  url: string,
  signed: SignedDelivery,
  key: SigningKey,
): Promise<void> {
  const { request } = signed;
  const proof = key.text === '' ? 'unsigned' : `signed as ${provider.title} with ${key.name}`;
  process.stdout.write(`${request.method} ${base}/hooks/${source.name}  ${request.body.length} bytes, ${proof}\n`);
  const answer = await post(url, request).catch((error: Error) => {
    throw nobodyThere(base, error.message);
  });
  const flowAnswers = answersItself(catalog, source);
  process.stdout.write(`${answerText(answer, flowAnswers)}\n`);
  if (isRefusal(answer, flowAnswers)) {
    process.exitCode = 1;
    return;
  }
  const { parsed, inbound, deliveryId } = signed;
  const context = {
    settings: source.auth.settings,
    secrets: secrets.map(({ value }) => value),
    secretOf: () => undefined,
  };
  if (parsed !== undefined && provider.handshake?.(inbound, parsed, context)) {
    process.stdout.write('  That was a handshake: it is answered, and nothing is stored.\n');
    return;
  }
  const id = idIn(answer) ?? deliveryId;
  const asked = id === undefined ? undefined : await askArrival(base, settings.apiToken, id);
  const arrival = asked ?? expectedArrival(catalog, source, signed, Date.now());
  const shown = idIn(answer) ?? arrival.events[0]?.id ?? deliveryId;
  const next =
    shown === undefined ? `hookline deliveries --source ${source.name}` : `hookline deliveries show ${shown}`;
  process.stdout.write(`${arrivalText(arrival)}\n  next   ${next}\n`);
}

/** Whether a flow that listens gives the answer to the sender. */
function answersItself(catalog: Catalog, source: Source): boolean {
  const triggers = [...catalog.flows.values()].flatMap((flow) => flow.triggers);
  return triggers.some((trigger) => trigger.source === source.name && trigger.respond === 'result');
}

/** The event's id, where the answer says it. */
function idIn({ body }: Answer): string | undefined {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined; // Some providers want no body, and a flow may answer itself.
  }
}

async function keyOf({ source, provider, secrets }: KnownSource, keyFile: string | undefined): Promise<SigningKey> {
  if (provider.needsSecret && secrets.length === 0) {
    const names = source.auth.secrets.map((name) => `HOOKLINE_SECRET_${name}`).join(' or ');
    throw new CommandError(
      `The secret of ${source.name} is not set here: set ${names} (in the environment or \`.env\`), or start \`hookline dev\` once, which makes one up`,
      2,
    );
  }
  if (keyFile !== undefined)
    return { text: (await readPayload(keyFile)).toString('utf8'), name: keyFile, fromFile: true };
  const [first] = secrets;
  return { text: first?.value ?? '', name: first?.name ?? '', fromFile: false };
}

function headerOf(line: string): [string, string] {
  const match = HEADER.exec(line);
  if (!match) throw new CommandError(`--header ${JSON.stringify(line.split(':')[0])} is not 'Name: value'`, 2);
  return [match[1]!, match[2]!];
}

async function readPayload(path: string): Promise<Buffer> {
  if (path === STANDARD_INPUT) return buffer(process.stdin);
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(error.code === 'ENOENT' ? `${path} does not exist` : `${path}: ${error.message}`, 2);
  });
}
