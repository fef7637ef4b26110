// What senders wrote cannot take over the terminal of the person who looks at it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { deliveryListText, rejectionListText } from '../../src/commands/delivery-list.ts';
import { deliveryText } from '../../src/commands/delivery-detail.ts';
import { json, printableLines, table } from '../../src/commands/printing.ts';
import { runListText, runText } from '../../src/commands/run-text.ts';
import type { ShownRun } from '../../src/runs/show.ts';
import type { ShownDeliveryView } from '../../src/server/inspect-views.ts';

/** Clears the screen, hides what follows, turns the direction of text, and rings. */
const EVIL = '\u001b[2J\u009b31m\u202e\u0007\r\nevil';
const CONTROLS = /[\p{Cc}\u202e]/u;

const delivery: ShownDeliveryView = {
  source: 'shop',
  deliveryId: EVIL,
  receivedAt: '2026-01-15T12:00:00.000Z',
  method: 'POST',
  contentType: EVIL,
  bodyBytes: 5_000,
  repeats: 0,
  repeatedAt: null,
  status: 'waiting',
  events: [
    {
      id: EVIL,
      type: EVIL,
      outcome: 'matched',
      reason: null,
      starts: [
        { flow: 'welcome', status: 'waiting', attempts: 1, error: EVIL, waits: null, run: `welcome/${EVIL}`, ui: null },
      ],
      woke: [{ run: `dunning/${EVIL}`, ui: null }],
    },
    { id: 'shop~2', type: 'item', outcome: 'parked', reason: EVIL, starts: [], woke: [] },
  ],
  eventsTotal: 2,
  headers: { 'x-evil': EVIL },
  query: { evil: [EVIL, EVIL] },
  body: { text: EVIL + 'x'.repeat(5_000) },
};

it('no control character of a sender is printed, in a list, of one delivery or as JSON', () => {
  const list = deliveryListText({ deliveries: [delivery], rejected: { count: 0, since: null }, next: null });
  const rejection = { reason: EVIL, source: EVIL, method: EVIL, address: '203.0.113.7', headers: {} };
  const explained = { sentence: 'It was refused.', remedy: 'Look.', bodyStart: { text: EVIL }, bodyBytes: 9 };
  const rejected = rejectionListText({
    rejections: [{ at: delivery.receivedAt, status: 401, ...rejection, ...explained }],
    notKept: null,
    next: null,
  });
  for (const text of [list, rejected, deliveryText(delivery, EVIL), json(delivery)]) {
    assert.match(text, /evil/);
    for (const line of text.split('\n')) assert.doesNotMatch(line, CONTROLS);
  }
});

it('a long body is cut with a note, and a text of several lines keeps its lines', () => {
  assert.match(deliveryText(delivery, undefined), /… cut: 4000 of 50\d\d characters \(text\); --json has all of it/);
  assert.equal(printableLines('a\r\nb\tc\u001b'), 'a\nb\tc\\u001b');
});

it('columns are as wide as their widest cell', () => {
  assert.equal(table(['A', 'B'], [['long cell', 'x']]), 'A          B\nlong cell  x');
});

it('a run that waits in several places has a line for each, and its error keeps its lines', () => {
  const run: ShownRun = {
    run: 'order/shop~1',
    runId: 'r',
    flow: 'order',
    status: 'running',
    step: '- flows/order.yaml:3: waiting for anna\n- flows/order.yaml:9: paid: waiting for order.paid',
    startedAt: delivery.receivedAt,
    durationMs: 5,
    event: { id: 'shop~1', type: EVIL, source: 'shop', time: delivery.receivedAt },
    definitionHash: 'd'.repeat(64),
    continuations: 0,
    error: `missing_key: no key\nstatus    completed ${EVIL}`,
    steps: [{ label: 'paid', kind: 'wait', state: 'cancelled', attempts: 0, startedAt: 0, endedAt: 60_000 }],
  };
  const text = runText(run);
  assert.match(
    text,
    /^status {4}running, at\n {10}flows\/order\.yaml:3: waiting for anna\n {10}flows\/order\.yaml:9: paid/m,
  );
  assert.match(text, /^error {5}missing_key: no key\n {10}status/m);
  assert.match(text, /^ended +paid +wait +1m 0s$/m);
  for (const line of text.split('\n')) assert.doesNotMatch(line, CONTROLS);
  assert.match(runListText([run]), /2 places: waiting for anna \(order\.yaml/);
});
