// The reference of docs/providers.md, from the table of providers.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { providers } from '../providers/index.ts';
import type { ContentKind, Provider } from '../providers/provider.ts';
import { fieldSettings } from '../providers/event-fields.ts';
import { REPLAY_WINDOW_MS } from '../providers/senders.ts';

const KIND_WORDS: Record<ContentKind, string> = {
  json: 'JSON',
  form: 'forms',
  text: 'text',
  xml: 'XML',
  binary: 'binary',
};

/** Markdown: a table of all providers, each linked to its section. */
export function providerList(): string {
  const rows = providers.map((provider) => `| [\`${provider.name}\`](#${anchorOf(provider)}) | ${provider.summary} |`);
  return ['| provider | what it is for |', '| --- | --- |', ...rows].join('\n');
}

/** Markdown: a section a provider, with the steps in its console and the YAML to paste. */
export function providerReference(): string {
  return providers.map(providerSection).join('\n\n');
}

function providerSection(provider: Provider): string {
  const isNone = provider.name === 'none';
  const steps = provider.setup.map((step, index) => `${index + 1}. ${withNames(step, provider)}`);
  const facts = factsOf(provider).map(([name, text]) => `| ${name} | ${text} |`);
  const fields = fieldRows(provider);
  return [
    `## ${provider.title}`,
    `${isNone ? '`auth: none`' : `\`provider: ${provider.name}\``}. ${provider.summary}`,
    `\`\`\`yaml\n${exampleSource(provider)}\n\`\`\``,
    steps.join('\n'),
    ['| | |', '| --- | --- |', ...facts].join('\n'),
    fields.length === 0 ? '' : ['| field | default | what it is |', '| --- | --- | --- |', ...fields].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function factsOf(provider: Provider): [string, string][] {
  const types = provider.eventTypes.map((type) => `\`${type}\``);
  const examples = types.length === 0 ? '' : `; such as ${types.join(', ')}`;
  const facts: [string, string | undefined][] = [
    ['proved', provider.proves],
    ['event type', `${provider.eventTypePlace}${examples}`],
    ['delivery id', provider.deliveryIdPlace],
    ['several events', provider.items && 'one request may carry several events; each becomes an event of its own'],
    ['replays', replayWords(provider)],
    ['takes', provider.contentKinds.map((kind) => KIND_WORDS[kind]).join(', ')],
    ['answered', `${provider.success.status}${provider.success.body === 'id' ? ' `{"id": …}`' : ', empty'}`],
    ['asks first', handshakeWords(provider)],
    ['waits for the answer', provider.deadlineMs === undefined ? undefined : `${provider.deadlineMs / 1000} s`],
    ['documentation', provider.reference && `<${provider.reference}>`],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function replayWords({ replayWindowMs }: Provider): string | undefined {
  if (replayWindowMs === undefined) return undefined;
  const condition = typeof replayWindowMs === 'function' ? 'where neither id nor time is signed' : 'neither id nor time is signed';
  return `${condition}: the same bytes within ${REPLAY_WINDOW_MS / 60_000} minutes are a repeat (\`replay_window\` changes it)`;
}

function handshakeWords(provider: Provider): string | undefined {
  const methods = provider.handshakeMethods ?? [];
  if (provider.introduction) return 'its first request tells the secret; `hookline sources` shows it';
  if (methods.length > 0) return `by ${methods.join(' and ')}, answered at once`;
  return provider.greeting || provider.handshake ? 'by POST, answered at once' : undefined;
}

/** A source that loads as it stands. */
export function exampleSource(provider: Provider): string {
  const isNone = provider.name === 'none';
  const name = isNone ? 'anybody' : provider.name.replaceAll('_', '-');
  const settings = Object.entries(provider.exampleSettings ?? {}).map(([key, value]) => `${key}: ${inYaml(value)}`);
  return [
    `source: ${name}`,
    isNone ? 'auth: none' : `provider: ${provider.name}`,
    ...(provider.needsSecret ? [`secret: ${secretName(provider)}`] : []),
    ...settings,
  ].join('\n');
}

/** JSON is YAML, and plain words read better without quotes. */
function inYaml(value: Json): string {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_-]*$/.test(value) ? value : JSON.stringify(value);
}

function secretName(provider: Provider): string {
  return `${provider.name.replaceAll('-', '_').toUpperCase()}_SECRET`;
}

function withNames(step: string, provider: Provider): string {
  const path = provider.name === 'none' ? 'anybody' : provider.name.replaceAll('_', '-');
  return step
    .replace(/`URL`/g, `\`https://YOUR-HOST/hooks/${path}\``)
    .replace(/`SECRET`/g, `\`${secretName(provider)}\``);
}

/** Fields beyond those that every provider takes. */
function fieldRows(provider: Provider): string[] {
  return Object.entries(provider.settings as Record<string, JsonObject>)
    .filter(([name]) => !Object.hasOwn(fieldSettings, name))
    .map(([name, schema]) => {
      const words = Array.isArray(schema['enum'])
        ? `${schema['enum'].map((value) => `\`${String(value)}\``).join(', ')}. `
        : '';
      const initial = schema['default'] === undefined ? '' : `\`${String(schema['default'])}\``;
      return `| \`${name}\` | ${initial} | ${words}${String(schema['description'] ?? '').replaceAll('|', '\\|')} |`;
    });
}

/** GitHub's anchor of a heading. */
function anchorOf(provider: Provider): string {
  return provider.title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
