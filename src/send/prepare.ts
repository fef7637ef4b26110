// Makes the delivery that `hookline send` posts, and finds out beforehand what would keep it from arriving as meant. Pure.
import { createPublicKey } from 'node:crypto';
import { SigningError } from '../providers/provider.ts';
import type { Catalog, Source } from '../flow/catalog.ts';
import { signedDelivery, type Draft, type SignedDelivery } from './signed-delivery.ts';

/** It cannot be sent as asked; the message says what to do. */
export class SendError extends Error {
  override name = 'SendError';
}

/** What a delivery is signed with. */
export interface SigningKey {
  /** The secret's text or, given with `--key-file`, a private key as PEM. */
  text: string;
  /** What people call it: the secret's name or the file. */
  name: string;
  fromFile: boolean;
}

/** What was asked for on the command line; absent: it was not said. */
export interface Asked {
  event?: string;
  id?: string;
}

const MAKE_A_KEY =
  'Give a private key with --key-file. To make a pair: `openssl genpkey -algorithm ed25519 -out key.pem` (for ECDSA ' +
  '`-algorithm EC -pkeyopt ec_paramgen_curve:P-256`); `openssl pkey -in key.pem -pubout` shows the public key, which the secret of the source must be while you try.';

/**
 * The signed delivery. Its event type is what was asked for, else what a flow that listens takes. `secrets` are the source's.
 * @throws SendError when it cannot be signed so, would not verify, or cannot carry the type or id that was asked for.
 */
export function prepareDelivery(
  catalog: Catalog,
  source: Source,
  draft: Draft,
  asked: Asked,
  key: SigningKey,
  secrets: readonly string[],
  nowMs: number,
): SignedDelivery {
  const sign = (event: string | undefined): SignedDelivery => trySign({ ...draft, event }, key, nowMs);
  const signed = asked.event === undefined ? signAsListened(catalog, source, sign) : sign(asked.event);
  checkProof(draft, signed, key, secrets, nowMs);
  checkType(draft, signed, asked.event);
  checkId(draft, signed, asked.id);
  return signed;
}

/** With the first type that a flow listens for by its whole name and this request can have; else with the provider's own. */
function signAsListened(
  catalog: Catalog,
  source: Source,
  sign: (event: string | undefined) => SignedDelivery,
): SignedDelivery {
  for (const type of typesListenedFor(catalog, source.name)) {
    const signed = sign(type);
    if (signed.events.some((event) => event.type === type)) return signed;
  }
  return sign(undefined);
}

/** Event types without `*` that flows listen for on a source. */
export function typesListenedFor(catalog: Catalog, source: string): string[] {
  const triggers = [...catalog.flows.values()].flatMap((flow) => flow.triggers);
  const types = triggers.filter((trigger) => trigger.source === source).flatMap((trigger) => trigger.events ?? []);
  return [...new Set(types)].filter((type) => !type.includes('*'));
}

function trySign(draft: Draft, key: SigningKey, nowMs: number): SignedDelivery {
  try {
    return signedDelivery(draft, key.text, nowMs);
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    const { message } = error;
    if (!/private key/.test(message)) throw new SendError(`${key.name} cannot sign: ${message}`);
    throw new SendError(`${draft.provider.title}: ${message}.\n${MAKE_A_KEY}`);
  }
}

/** The receiver would refuse what its own verifier refuses here; it is better said before anything is sent. */
function checkProof(
  { provider, settings }: Draft,
  { inbound }: SignedDelivery,
  key: SigningKey,
  secrets: readonly string[],
  nowMs: number,
): void {
  const verify = provider.verifier(settings);
  const verdict = verify(inbound, secrets, nowMs);
  if (verdict.ok) return;
  const publicKey = publicPem(key.text);
  if (publicKey !== undefined && verify(inbound, [publicKey], nowMs).ok) {
    throw new SendError(
      `${key.name} is another key pair than the secret of the source is of. Set the secret to its public key while you try:\n${publicKey}`,
    );
  }
  if (!key.fromFile && verdict.reason === 'secret_not_set') {
    throw new SendError(
      `${key.name} cannot be a secret of ${provider.title}: copy it from its console again, all of it`,
    );
  }
  if (!key.fromFile && /^whpk_|PUBLIC KEY/.test(key.text)) {
    throw new SendError(`${key.name} is a public key, which cannot sign.\n${MAKE_A_KEY}`);
  }
  throw new SendError(`What ${key.name} signs does not verify with the secret of the source (${verdict.reason})`);
}

/** The public half of a private key as PEM; undefined when the text is no key. */
function publicPem(text: string): string | undefined {
  if (!text.includes('PRIVATE KEY')) return undefined;
  try {
    return createPublicKey(text).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return undefined;
  }
}

function checkType({ provider, settings }: Draft, { events }: SignedDelivery, asked: string | undefined): void {
  if (asked === undefined || events.length === 0 || events.some(({ type }) => type === asked)) return;
  const place = fieldText(settings['event_type']) ?? provider.eventTypePlace;
  throw new SendError(
    `This file is ${events[0]?.type}, not ${asked}: ${provider.title} tells the type in ${place}. Change the file, or leave --event out`,
  );
}

/** Some providers' ids are more than what was asked for (with a hash of the body); it counts that it is sent. */
function checkId({ provider, settings }: Draft, signed: SignedDelivery, id: string | undefined): void {
  const { deliveryId, parsed, request } = signed;
  if (id === undefined || parsed === undefined || deliveryId === id) return;
  if (Object.values(request.headers).includes(id)) return;
  const place = fieldText(settings['delivery_id']) ?? provider.deliveryIdPlace;
  const has = deliveryId === undefined ? 'has no id' : `has the id ${deliveryId}`;
  throw new SendError(
    `This delivery ${has}, not ${id}: ${provider.title} has it in ${place}. Change the file, or leave --id out`,
  );
}

/** `header:x-event` as people say it. */
function fieldText(field: unknown): string | undefined {
  if (typeof field !== 'string') return undefined;
  const [kind, name] = field.split(/:(.*)/s);
  return `the ${kind === 'header' ? 'header' : 'field'} \`${name}\` (as its source says)`;
}
