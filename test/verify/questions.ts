// Requests that were signed by hand (node:crypto, not src/providers), and the questions about them.
import { createHmac } from 'node:crypto';
import { providers } from '../../src/providers/index.ts';
import { diagnose, type Diagnosis } from '../../src/verify/diagnosis.ts';
import { questionOf } from '../../src/verify/input.ts';
import type { Cause, Question } from '../../src/verify/question.ts';
import type { JsonObject } from '../../workflows/definition.ts';

export const NOW_MS = 1_700_000_000_000;
export const NOW_S = NOW_MS / 1000;
export const SECRET = 'a-secret-of-31fe-characters';

export interface Asked {
  provider: string;
  secrets?: string[];
  settings?: JsonObject;
  headers?: Record<string, string> | [string, string][];
  body?: string | Buffer;
  url?: string;
  method?: string;
  nowMs?: number;
}

export function question({
  provider,
  secrets = [SECRET],
  settings = {},
  headers = {},
  body = '',
  url,
  method,
  nowMs = NOW_MS,
}: Asked): Question {
  const found = providers.find(({ name }) => name === provider);
  if (!found) throw new Error(`no provider ${provider}`);
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  const given = { headers: pairs.map(([name, value]) => `${name}: ${value}`), body: Buffer.from(body), url, method };
  const named = secrets.map((value, index) => ({ name: `secret ${index + 1}`, value }));
  return questionOf(found, settings, named, given, nowMs);
}

export function ask(asked: Asked): Diagnosis {
  return diagnose(question(asked), providers);
}

/** What was found for sure, one text a cause. */
export function certain({ causes }: Diagnosis): string[] {
  return causes.filter((cause) => cause.certain).map(({ kind, what }) => `${kind}: ${what}`);
}

export function likely({ causes }: Diagnosis): Cause[] {
  return causes.filter((cause) => !cause.certain);
}

export function hmac(
  key: string | Buffer,
  content: string | Buffer,
  encoding: 'hex' | 'base64' | 'base64url' = 'hex',
  hash = 'sha256',
): string {
  return createHmac(hash, key).update(content).digest(encoding);
}

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export function github(body: string | Buffer, secret: string | Buffer = SECRET): Record<string, string> {
  return { 'X-Hub-Signature-256': `sha256=${hmac(secret, body)}` };
}

/** https://docs.stripe.com/webhooks#verify-manually */
export function stripe(body: string, at: number | string = NOW_S, secret: string = SECRET): Record<string, string> {
  return { 'Stripe-Signature': `t=${at},v1=${hmac(secret, `${at}.${body}`)}` };
}
