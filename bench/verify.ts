// What verifying one request costs, beside the vendors' own libraries on the same bytes: `npm run bench:verify`.
// The libraries are no dependencies of Hookline: `npm install --prefix bench/sdks` brings them; without them only ours is measured.
import { generateKeyPairSync } from 'node:crypto';
import { findProvider, providers } from '../src/providers/index.ts';
import type { InboundRequest, OutboundRequest } from '../src/providers/provider.ts';
import { load } from './sdks/load.ts';

const BODY_BYTES = [1024, 256 * 1024];
/** Each measurement runs for this long, three times; the middle one counts. */
const MEASURED_MS = 250;
const ROUNDS = 3;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

// oxlint-disable-next-line no-explicit-any -- libraries of others, loaded only when they are installed
type Library = any;

/** How a vendor's library is asked; it throws or gives false for a wrong signature. `body` is the text it wants. */
type Ask = (library: Library, request: OutboundRequest, body: string, secret: string) => unknown;

interface Vendor {
  provider: string;
  library: string;
  ask: Ask;
}

const header = (request: OutboundRequest, name: string): string => request.headers[name]!;

const vendors: Vendor[] = [
  {
    provider: 'github',
    library: '@octokit/webhooks-methods',
    ask: (lib, request, body, secret) => lib.verify(secret, body, header(request, 'x-hub-signature-256')),
  },
  {
    provider: 'stripe',
    library: 'stripe',
    ask: (lib, request, body, secret) =>
      lib.default.webhooks.signature.verifyHeader(body, header(request, 'stripe-signature'), secret, 300),
  },
  {
    provider: 'slack',
    library: '@slack/bolt',
    ask: (lib, request, body, secret) =>
      lib.verifySlackRequest({ signingSecret: secret, body, headers: request.headers }),
  },
  {
    provider: 'standard-webhooks',
    library: 'standardwebhooks',
    ask: (lib, request, body, secret) => new lib.Webhook(secret).verify(body, request.headers),
  },
  {
    provider: 'svix',
    library: 'svix',
    ask: (lib, request, body, secret) => new lib.Webhook(secret).verify(body, request.headers),
  },
  {
    provider: 'paddle',
    library: '@paddle/paddle-node-sdk',
    ask: (lib, request, body, secret) =>
      paddleOf(lib).webhooks.isSignatureValid(body, secret, header(request, 'paddle-signature')),
  },
  {
    provider: 'square',
    library: 'square',
    ask: (lib, request, body, secret) =>
      lib.WebhooksHelper.verifySignature({
        requestBody: body,
        signatureHeader: header(request, 'x-square-hmacsha256-signature'),
        signatureKey: secret,
        notificationUrl: request.url,
      }),
  },
  {
    provider: 'twilio',
    library: 'twilio',
    ask: (lib, request, body, secret) =>
      lib.validateRequestWithBody(secret, header(request, 'x-twilio-signature'), request.url, body),
  },
  {
    provider: 'hubspot',
    library: '@hubspot/api-client',
    ask: (lib, request, body, secret) =>
      lib.Signature.isValid({
        signatureVersion: 'v3',
        signature: header(request, 'x-hubspot-signature-v3'),
        method: request.method,
        clientSecret: secret,
        requestBody: body,
        url: request.url,
        timestamp: Number(header(request, 'x-hubspot-request-timestamp')),
      }),
  },
  {
    provider: 'mux',
    library: '@mux/mux-node',
    ask: (lib, request, body, secret) => muxOf(lib).webhooks.verifySignature(body, request.headers, secret),
  },
  {
    provider: 'discord',
    library: 'discord-interactions',
    ask: (lib, request, body, secret) =>
      lib.verifyKey(body, header(request, 'x-signature-ed25519'), header(request, 'x-signature-timestamp'), secret),
  },
  {
    provider: 'sendgrid',
    library: '@sendgrid/eventwebhook',
    ask: (lib, request, body, secret) => {
      const webhook = new lib.EventWebhook();
      return webhook.verifySignature(
        webhook.convertPublicKeyToECDSA(secret),
        body,
        header(request, 'x-twilio-email-event-webhook-signature'),
        header(request, 'x-twilio-email-event-webhook-timestamp'),
      );
    },
  },
];

let paddle: Library;
function paddleOf(lib: Library): Library {
  paddle ??= new lib.Paddle('x');
  return paddle;
}

let mux: Library;
function muxOf(lib: Library): Library {
  mux ??= new lib.default({ tokenId: 'x', tokenSecret: 'x', webhookSecret: SECRET });
  return mux;
}

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = { type: 'pkcs8', format: 'pem' } as const;
const spki = { type: 'spki', format: 'der' } as const;

function keysOf(provider: string): { secret: string; signingKey: string } {
  if (provider === 'discord' || provider === 'ed25519') {
    const raw = ed25519.publicKey.export(spki).subarray(-32).toString('hex');
    return { secret: raw, signingKey: ed25519.privateKey.export(pem).toString() };
  }
  if (provider === 'sendgrid') {
    const secret = p256.publicKey.export(spki).toString('base64');
    return { secret, signingKey: p256.privateKey.export(pem).toString() };
  }
  return provider === 'basic'
    ? { secret: 'user:word', signingKey: 'user:word' }
    : { secret: SECRET, signingKey: SECRET };
}

function payload(provider: string, bytes: number): Buffer {
  const filler = 'x'.repeat(bytes);
  const documents: Record<string, object> = {
    hookline: { id: 'wh_1', event_type: 'bench', payload: { filler } },
    cloudevents: { specversion: '1.0', id: '1', source: '/bench', type: 'bench', data: filler },
  };
  const document = documents[provider] ?? { type: 'bench', webhookTimestamp: Date.now(), filler };
  return Buffer.from(JSON.stringify(document));
}

function signedRequest(provider: string, bytes: number): { request: OutboundRequest; secret: string } {
  const { secret, signingKey } = keysOf(provider);
  const found = findProvider(provider)!;
  const draft: OutboundRequest = {
    method: 'POST',
    url: 'https://hooks.example/hooks/bench',
    headers: { 'content-type': `application/${provider === 'cloudevents' ? 'cloudevents+json' : 'json'}` },
    body: payload(provider, bytes),
  };
  return { request: found.signer(found.exampleSettings ?? {})(draft, signingKey, 'msg_1', Date.now()), secret };
}

function inbound(request: OutboundRequest): InboundRequest {
  const { method, url, headers, body } = request;
  const query = Object.fromEntries(new URL(url).searchParams);
  return { method, url, headers, rawHeaders: Object.entries(headers).flat(), query, body, fromTrustedProxy: true };
}

/** Microseconds a call takes, the middle of three rounds. */
async function cost(call: () => unknown): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    let calls = 0;
    while (performance.now() - begun < MEASURED_MS) {
      for (let step = 0; step < 10; step += 1) {
        const result = call();
        if (result instanceof Promise) await result;
      }
      calls += 10;
    }
    rounds.push(((performance.now() - begun) * 1000) / calls);
  }
  return rounds.toSorted((a, b) => a - b)[1]!;
}

async function ours(provider: string, request: OutboundRequest, secret: string): Promise<string> {
  const found = findProvider(provider)!;
  const verify = found.verifier(found.exampleSettings ?? {});
  const incoming = inbound(request);
  const verdict = verify(incoming, [secret], Date.now());
  if (!verdict.ok) return `refused: ${verdict.reason}`;
  return (await cost(() => verify(incoming, [secret], Date.now()))).toFixed(1);
}

async function theirs(vendor: Vendor | undefined, request: OutboundRequest, secret: string): Promise<string> {
  if (vendor === undefined) return '';
  let library: Library;
  try {
    const module = (await load(vendor.library)) as Library;
    library = { ...module.default, ...module };
  } catch {
    return '(not installed)';
  }
  const body = request.body.toString('utf8');
  try {
    const verdict = await vendor.ask(library, request, body, secret);
    if (verdict === false) return 'says no';
  } catch (error) {
    return `fails: ${(error as Error).message.slice(0, 40)}`;
  }
  return (await cost(() => vendor.ask(library, request, body, secret))).toFixed(1);
}

const titles = BODY_BYTES.flatMap((bytes) => [`hookline ${bytes / 1024} KiB`, `library ${bytes / 1024} KiB`]);
process.stdout.write(
  `µs a verification\n\n| provider | ${titles.join(' | ')} | library |\n|${' --- |'.repeat(titles.length + 2)}\n`,
);
for (const { name } of providers) {
  const vendor = vendors.find((candidate) => candidate.provider === name);
  const cells: string[] = [];
  for (const bytes of BODY_BYTES) {
    const { request, secret } = signedRequest(name, bytes);
    cells.push(await ours(name, request, secret), await theirs(vendor, request, secret));
  }
  process.stdout.write(`| ${name} | ${cells.join(' | ')} | ${vendor?.library ?? ''} |\n`);
}
