// Whoever asks why a request was refused is told in words, whatever the reason: the table misses none.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { explainRejection, isExplained } from '../../src/server/reasons.ts';
import * as refusals from '../../src/server/refusals.ts';

const SRC = join(import.meta.dirname, '../../src');
/** Their refusals are answers of the API, of a run or of the HTTP server, and no request to a source. */
const NOT_OF_HOOKS = new Set([
  'access.ts',
  'api-answer.ts',
  'approval-api.ts',
  'approval-pages.ts',
  'drop-routes.ts',
  'http-server.ts',
  'inspect-routes.ts',
  'manual-run.ts',
  'reply.ts',
  'result.ts',
  'run-reply.ts',
]);

/** The values of RefusalReason, read from its declaration. */
async function proofReasons(): Promise<string[]> {
  const text = await readFile(join(SRC, 'providers/provider.ts'), 'utf8');
  const [, union] = /export type RefusalReason =([^;]+);/.exec(text)!;
  return [...union!.matchAll(/'(\w+)'/g)].map(([, reason]) => reason!);
}

/** Reasons of the fixed answers: the values that refusals.ts exports. */
function fixedReasons(): string[] {
  return Object.values(refusals).flatMap((value) =>
    'reason' in value && typeof value.reason === 'string' ? [value.reason] : [],
  );
}

/** Reasons and codes as they stand in the code of the path of a request to a source. */
async function writtenReasons(): Promise<string[]> {
  const folder = join(SRC, 'server');
  const files = (await readdir(folder)).filter((file) => !NOT_OF_HOOKS.has(file));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const overridden = /errorReply\(\s*\d+,\s*'(\w+)'[^;]*?reason: '(\w+)'/g;
  return texts.flatMap((text) => [
    ...[...text.matchAll(overridden)].map(([, , reason]) => reason!),
    ...[...text.replaceAll(overridden, '').matchAll(/(?:errorReply\(\s*\d+,\s*|malformed\(\s*)'(\w+)'/g)].map(
      ([, code]) => code!,
    ),
  ]);
}

it('every reason to refuse a request has a sentence and a remedy', async () => {
  const [proof, fixed, written] = [await proofReasons(), fixedReasons(), await writtenReasons()];
  assert.ok(proof.length >= 16 && fixed.length >= 10 && written.length >= 15, 'the reasons were found');
  const all = new Set([...proof, ...fixed, ...written]);
  assert.deepEqual(
    [...all].filter((reason) => !isExplained(reason)),
    [],
  );
  for (const reason of all) {
    const { sentence, remedy } = explainRejection(reason);
    assert.match(sentence, /^[A-Z][^]*\.$/, reason);
    assert.match(remedy, /^[A-Z][^]*\.$/, reason);
  }
});

it('a reason that another version recorded is shown as it is', () => {
  assert.match(explainRejection('moon_phase').sentence, /moon_phase/);
});
