// Event ids: the same for a repeat, different for anything else, safe in workflow ids and URLs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { eventIdOf } from '../../src/server/event-id.ts';

describe('an event id', () => {
  it('reads as source and delivery where it can', () => {
    assert.equal(eventIdOf('github', '72d3162e-cc78'), 'github~72d3162e-cc78');
    assert.equal(eventIdOf('shop/orders', 'evt_1'), 'shop.orders~evt_1');
  });

  it('is a hash of what cannot stand in a workflow id', () => {
    assert.match(eventIdOf('github', 'a/b'), /^github~~[0-9a-f]{40}$/);
    assert.match(eventIdOf('github', 'ä'), /^github~~[0-9a-f]{40}$/);
    assert.match(eventIdOf('github', 'x'.repeat(200)), /^github~~[0-9a-f]{40}$/);
    assert.match(eventIdOf('s'.repeat(100), 'x'.repeat(200)), /^~~[0-9a-f]{40}$/);
  });

  it('is never shared by two deliveries, nor by two sources', () => {
    const sourceName = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,3}(\/[a-z0-9][a-z0-9-]{0,3}){0,2}$/);
    const delivery = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.stringMatching(/^~?[0-9a-f]{40}$/),
      fc.stringMatching(/^[~.a/]{1,4}$/),
    );
    const property = fc.property(sourceName, delivery, sourceName, delivery, (source, id, otherSource, otherId) => {
      const eventId = eventIdOf(source, id);
      assert.match(eventId, /^[A-Za-z0-9._~-]{1,128}$/);
      const same = source === otherSource && id === otherId;
      assert.equal(eventId === eventIdOf(otherSource, otherId), same);
      // Even where a sender chooses an id that looks like the hash of another one's.
      const forged = eventId.slice(eventId.indexOf('~') + 1);
      if (forged !== id) assert.notEqual(eventIdOf(source, forged), eventId);
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
