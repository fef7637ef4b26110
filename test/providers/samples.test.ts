// Documented payloads of every provider: signed as the third party would, verified, and read as its documentation says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliveryIdOf, eventTypeOf } from '../../src/providers/event-fields.ts';
import { providers } from '../../src/providers/index.ts';
import { parseBody } from '../../src/server/parse.ts';
import { readContentType } from '../../src/server/content.ts';
import { inbound } from './requests.ts';
import { keysOf, readSamples, sampleRequest, type Sample } from './sample-requests.ts';

const NOW_MS = 1_700_000_000_000;

describe('documented payloads', () => {
  for (const provider of providers) {
    const file = readSamples(provider.name);
    const settings = { ...provider.exampleSettings, ...file?.settings };

    it(`are there for ${provider.name}`, () => {
      assert.ok(file && file.samples.length > 0, `test/providers/samples/${provider.name}.json`);
      assert.equal(file.provider, provider.name);
    });

    for (const sample of file?.samples ?? []) {
      it(`of ${provider.name}, ${sample.name}, are verified and mean what their documentation says`, () => {
        const { secret, signingKey } = keysOf(provider.name);
        const sent = provider.signer(settings)(sampleRequest(sample), signingKey, sample.deliveryId ?? 'd-1', NOW_MS);
        const query = Object.fromEntries(new URL(sent.url).searchParams);
        const proxied = { method: sent.method, url: sent.url, query, fromTrustedProxy: true };
        const request = inbound(sent.headers, sent.body, proxied);
        assert.deepEqual(provider.verifier(settings)(request, [secret], NOW_MS), { ok: true });

        const content = readContentType(sent.headers['content-type']!);
        assert.ok(content && provider.contentKinds.includes(content.kind), 'the provider takes this content type');
        const parsed = parseBody(sent.body, content, provider.jsonFormField);
        assert.ok(parsed.ok);
        if (sample.deliveryId !== undefined) {
          const id = deliveryIdOf(provider, settings, request, parsed.body);
          if (sample.deliveryId !== null) assert.equal(id, sample.deliveryId);
          else if (id !== undefined) assert.match(id, /^sha256:/, 'only the hash of the body stands for an id');
        }
        if (sample.type !== undefined) assert.equal(eventTypeOf(provider, settings, request, parsed.body), sample.type);
        checkItems(sample, (body) => provider.items?.(body), parsed.body);
      });
    }

    function checkItems(
      sample: Sample,
      itemsOf: (body: Parameters<typeof eventTypeOf>[3]) => unknown[] | undefined,
      body: Parameters<typeof eventTypeOf>[3],
    ): void {
      const items = itemsOf(body) as (typeof body)[] | undefined;
      if (sample.events === undefined) return;
      const carried = items ?? [body];
      const request = inbound(sample.headers ?? {});
      const events = carried.map((item) => ({
        type: eventTypeOf(provider, settings, request, item),
        id: provider.eventId?.(item) ?? null,
      }));
      assert.deepEqual(events, sample.events);
    }
  }
});
