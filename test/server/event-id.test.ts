// Event ids: the same for a repeat, different for anything else, safe in workflow ids and URLs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventIdOf } from '../../src/server/event-id.ts';

describe('an event id', () => {
  it('reads as source and delivery, and item, where it can', () => {
    assert.equal(eventIdOf('github', '72d3162e-cc78'), 'github~72d3162e-cc78');
    assert.equal(eventIdOf('shop/orders', 'evt_1'), 'shop.orders~evt_1');
    assert.equal(eventIdOf('shop/orders', 'batch-1', '0'), 'shop.orders~batch-1~0');
    assert.equal(eventIdOf('s', 'x'.repeat(126)), `s~${'x'.repeat(126)}`);
  });

  it('is a hash of what cannot stand in a workflow id', () => {
    for (const delivery of ['a/b', 'ä', '', 'a~b', '\ud800', 'x'.repeat(122)]) {
      assert.match(eventIdOf('github', delivery), /^github~~[0-9a-f]{40}$/);
      assert.match(eventIdOf('github', 'd', delivery), /^github~~[0-9a-f]{40}$/);
    }
    assert.match(eventIdOf('s'.repeat(100), 'x'.repeat(200)), /^~~[0-9a-f]{40}$/);
  });

  it('is never shared by two deliveries, nor by two items, nor by two sources', () => {
    const sourceName = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,3}(\/[a-z0-9][a-z0-9-]{0,3}){0,2}$/);
    const part = fc.oneof(
      fc.string(),
      fc.stringMatching(/^~?[0-9a-f]{40}$/),
      fc.stringMatching(/^[~.a/0]{1,4}$/),
      fc.stringMatching(/^a{115,130}$/),
    );
    const parts = fc.tuple(sourceName, part, fc.option(part, { nil: undefined }));
    const property = fc.property(parts, parts, (one, other) => {
      const eventId = eventIdOf(...one);
      assert.match(eventId, /^[A-Za-z0-9._~-]{1,128}$/);
      const same = one.every((value, index) => value === other[index]);
      assert.equal(eventId === eventIdOf(...other), same);
      // Even where a sender chooses an id, and an item, that look like those of another.
      const [source] = one;
      const forged = eventId.slice(eventId.indexOf('~') + 1);
      if (forged !== one[1]) assert.notEqual(eventIdOf(source, forged), eventId);
      if (one[2] === undefined) assert.notEqual(eventIdOf(source, forged, '0'), eventId);
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
