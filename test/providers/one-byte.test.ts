// Requests signed as third parties sign them, with every byte of the body and of the proof changed in turn.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findProvider } from '../../src/providers/index.ts';
import { inbound } from './requests.ts';
import { keysOf } from './sample-requests.ts';

const NOW_MS = 1_700_000_000_000;
const names = (
  'atlassian calendly dropbox ed25519 meta mux notion pagerduty sendgrid sentry svix typeform websub ' +
  'woocommerce workos xero zoom'
).split(' ');

describe('a request is refused when one byte differs from the signed one, as sent by', () => {
  for (const name of names) {
    const provider = findProvider(name)!;
    const { secret, signingKey } = keysOf(name);
    const verify = provider.verifier({});
    const sign = provider.signer({});
    const accepts = (headers: Record<string, string>, body: Buffer) =>
      verify(inbound(headers, body), [secret], NOW_MS).ok;

    it(provider.title, () => {
      const bytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
      const property = fc.property(bytes, fc.integer({ min: 1, max: 255 }), (given, difference) => {
        const unsigned = {
          method: 'POST',
          url: 'https://hooks.example/hooks/x',
          headers: {},
          body: Buffer.from(given),
        };
        const { headers, body } = sign(unsigned, signingKey, 'msg_1', NOW_MS);
        assert.equal(accepts(headers, body), true);
        for (let at = 0; at < body.length; at += 1) {
          const changed = Buffer.from(body);
          changed[at]! ^= difference;
          assert.equal(accepts(headers, changed), false, `byte ${at} of the body`);
        }
        assert.equal(accepts(headers, body.subarray(1)), false, 'a byte less');
        assert.equal(accepts(headers, Buffer.concat([body, Buffer.of(difference)])), false, 'a byte more');
        for (const [header, value] of Object.entries(headers)) {
          for (let at = 0; at < value.length; at += 1) {
            const other = value[at] === '7' ? '8' : '7';
            const changed = value.slice(0, at) + other + value.slice(at + 1);
            assert.equal(accepts({ ...headers, [header]: changed }, body), false, `${header}: ${changed}`);
          }
          const { [header]: _removed, ...without } = headers;
          assert.equal(accepts(without, body), false, `without ${header}`);
        }
      });
      fc.assert(property, { numRuns: 20 });
    });
  }
});
