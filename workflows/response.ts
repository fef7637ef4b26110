// The answer to the sender of an event: what `respond` was given, checked.
import type { Json, RunResponse } from './definition.ts';
import { failStep } from './step-failure.ts';

const STATUS_DEFAULT = 200;
const STATUS_MIN = 200;
const STATUS_MAX = 599;

/** RFC 9110 field names and values without line breaks; anything else could smuggle headers. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The response that a rendered `respond` asks for; header names in lower case. Throws StepFailure with `invalid_field`. */
export function responseFrom(value: Json): RunResponse {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw failStep('invalid_field', '`respond` must be a map of `status`, `headers` and `body`');
  }
  const status = value['status'] ?? STATUS_DEFAULT;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < STATUS_MIN || status > STATUS_MAX) {
    throw failStep('invalid_field', `\`respond.status\` must be a whole number from ${STATUS_MIN} to ${STATUS_MAX}`);
  }
  return { status, headers: headersFrom(value['headers'] ?? {}), body: value['body'] ?? null };
}

function headersFrom(value: Json): Record<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw failStep('invalid_field', '`respond.headers` must be a map of texts');
  }
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    const written = typeof text === 'number' ? String(text) : text;
    if (!HEADER_NAME.test(name) || typeof written !== 'string' || !HEADER_VALUE.test(written)) {
      throw failStep(
        'invalid_field',
        `\`respond.headers\` has a name or value that HTTP does not allow, at ${JSON.stringify(name)}`,
      );
    }
    headers[name.toLowerCase()] = written;
  }
  return headers;
}
