// Starts in hand, and a store whose answers come in another order than it gave them: no start is left leased to nobody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createClaims, type Claims } from '../../src/inbox/dispatch-claims.ts';
import type { ClaimedStart, StartOutcome } from '../../src/inbox/store.ts';
import { NOW } from '../contract/deliveries.ts';

const START: ClaimedStart = {
  id: 7,
  eventId: 'e',
  flow: 'welcome',
  definitionHash: 'hash-1',
  eventType: 'order',
  source: 'shop',
  receivedAt: NOW,
  headers: {},
  query: {},
  body: null,
  attempts: 0,
};

/** Claims of a store that gives the same start whenever it is asked, as one does whose lease has ended. */
function openClaims(): { claims: Claims; givenBack: StartOutcome[]; claim(): Promise<void> } {
  const givenBack: StartOutcome[] = [];
  const store = { claimStarts: async () => [START] };
  const claims = createClaims(store, pino({ level: 'silent' }), (outcome) => givenBack.push(outcome));
  return { claims, givenBack, claim: () => new Promise((resolve) => claims.claim(9, NOW, resolve)) };
}

test('a start that was leased anew before it was told of its outcome is given back, for its time', async () => {
  const { claims, givenBack, claim } = openClaims();
  await claim();
  claims.next();
  await claim();
  assert.equal(claims.count(), 0);
  claims.stored([{ id: START.id, state: 'pending', retryAt: NOW + 500, error: 'away' }]);
  assert.deepEqual(givenBack, [{ id: START.id, state: 'pending', retryAt: NOW + 500 }]);
  await claim();
  assert.equal(claims.next().id, START.id);
});

test('a start that was leased anew and has started is not given back', async () => {
  const { claims, givenBack, claim } = openClaims();
  await claim();
  claims.next();
  await claim();
  claims.stored([{ id: START.id, state: 'started' }]);
  assert.deepEqual(givenBack, []);
});
