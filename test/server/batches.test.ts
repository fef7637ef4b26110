// Requests that carry several events: stored once, one event each, each with its own id, type, schema and starts.
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Json } from '../../workflows/definition.ts';
import type { ListedDelivery } from '../../src/inbox/store.ts';
import { eventIdOf } from '../../src/server/event-id.ts';
import { flow, source, startLab, type Lab } from './lab.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const META_SECRET = 'app-secret';
const SCHEMA = { type: 'object', required: ['email'], properties: { email: { type: 'string' } } };

describe('a request with several events', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab({
      sources: [
        source('sendgrid', 'sendgrid'),
        source('strict', 'sendgrid', { schema: SCHEMA }),
        source('parking', 'sendgrid', { schema: SCHEMA, onInvalid: 'park' }),
        source('opened', 'sendgrid', { if: 'event.body.event === "open"' }),
        source('asking', 'sendgrid'),
        source('meta', 'meta'),
      ],
      flows: [
        flow('opens', [{ source: 'sendgrid', events: ['open'] }]),
        flow('all', [{ source: 'sendgrid' }, { source: 'parking' }, { source: 'opened' }, { source: 'meta' }]),
        flow('answering', [{ source: 'asking', respond: 'result' }]),
      ],
      secrets: {
        SENDGRID_SECRET: keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        META_SECRET,
      },
    });
    lab.answer = async () => ({ state: 'answered', response: { status: 207, headers: {}, body: 'from the run' } });
  });
  after(() => lab.close());

  /** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features */
  function send(name: string, events: Json): Promise<Response> {
    const body = JSON.stringify(events);
    const timestamp = String(lab.nowMs / 1000);
    const signature = createSign('sha256')
      .update(timestamp + body)
      .sign(keys.privateKey, 'base64');
    return lab.post(`/hooks/${name}`, body, {
      'content-type': 'application/json',
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': signature,
    });
  }

  async function latest(name: string): Promise<ListedDelivery> {
    const [delivery] = await lab.store.listDeliveries({ source: name, limit: 1 });
    assert.ok(delivery);
    return delivery;
  }

  async function startsOf(...eventIds: string[]): Promise<string[]> {
    const starts = (await lab.starts()).filter((start) => eventIds.includes(start.eventId));
    return starts.map((start) => `${start.flow}/${start.eventId}`).toSorted();
  }

  it('is one delivery and one event each, with its own type, id, body and starts', async () => {
    const before = await lab.deliveries();
    const events = [
      { email: 'a@example.com', event: 'processed', sg_event_id: 'one' },
      { email: 'b@example.com', event: 'open', sg_event_id: 'two' },
    ];
    const response = await send('sendgrid', events);
    assert.ok(response.status >= 200 && response.status < 300, await response.text());
    assert.equal(await lab.deliveries(), before + 1);
    const { events: stored } = await latest('sendgrid');
    assert.deepEqual(
      stored.map(({ id, type, outcome }) => [id, type, outcome]),
      [
        ['sendgrid~one', 'processed', 'matched'],
        ['sendgrid~two', 'open', 'matched'],
      ],
    );
    const ids = ['sendgrid~one', 'sendgrid~two'];
    const starts = (await lab.starts()).filter((start) => ids.includes(start.eventId));
    assert.deepEqual(
      starts.map(({ flow: name, eventId, eventType, body }) => [name, eventId, eventType, body]).toSorted(),
      [
        ['all', 'sendgrid~one', 'processed', events[0]],
        ['all', 'sendgrid~two', 'open', events[1]],
        ['opens', 'sendgrid~two', 'open', events[1]],
      ],
    );
  });

  it('starts nothing again with an event that another request brought before', async () => {
    await send('sendgrid', [{ event: 'click', sg_event_id: 'known' }]);
    await send('sendgrid', [
      { event: 'click', sg_event_id: 'known' },
      { event: 'click', sg_event_id: 'fresh' },
    ]);
    assert.deepEqual(await startsOf('sendgrid~known', 'sendgrid~fresh'), ['all/sendgrid~fresh', 'all/sendgrid~known']);
  });

  it('names the events without an id of their own by their place in the request', async () => {
    const entry = (time: number): Json => ({ id: '1', time, changes: [{ field: 'feed', value: { item: 'post' } }] });
    const body = JSON.stringify({ object: 'page', entry: [entry(1), entry(2)] });
    const headers = {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', META_SECRET).update(body).digest('hex')}`,
    };
    assert.equal((await lab.post('/hooks/meta', body, headers)).status, 200);
    const { deliveryId, events } = await latest('meta');
    assert.deepEqual(
      events.map(({ id, type }) => [id, type]),
      [
        [eventIdOf('meta', deliveryId, '0'), 'page.feed'],
        [eventIdOf('meta', deliveryId, '1'), 'page.feed'],
      ],
    );
  });

  it('that holds no event is acknowledged and not stored', async () => {
    const before = await lab.deliveries();
    const response = await send('sendgrid', []);
    assert.ok(response.status >= 200 && response.status < 300);
    assert.equal(await response.text(), '');
    assert.equal(await lab.deliveries(), before);
  });

  it('is refused as a whole when the schema refuses one of its events, which is named', async () => {
    const before = await lab.deliveries();
    const response = await send('strict', [{ email: 'a@example.com' }, { email: 'b@example.com' }, { email: 7 }]);
    assert.equal(response.status, 422);
    const { error } = (await response.json()) as { error: { message: string; details: Json } };
    assert.match(error.message, /Event 2 .*counted from 0/);
    assert.deepEqual(error.details, [{ item: 2, path: '/email', message: 'must be string' }]);
    assert.equal(await lab.deliveries(), before);
  });

  it('parks only the events that the schema refuses', async () => {
    await send('parking', [
      { email: 'a@example.com', sg_event_id: 'good' },
      { email: 7, sg_event_id: 'bad' },
      { email: 'c@example.com', sg_event_id: 'also-good' },
    ]);
    const { events } = await latest('parking');
    assert.deepEqual(
      events.map(({ outcome, reason }) => [outcome, reason]),
      [
        ['matched', null],
        ['parked', '/email must be string'],
        ['matched', null],
      ],
    );
    const ids = ['good', 'bad', 'also-good'].map((id) => `parking~${id}`);
    assert.deepEqual(await startsOf(...ids), ['all/parking~also-good', 'all/parking~good']);
  });

  it("is filtered event by event by the source's `if`", async () => {
    await send('opened', [
      { event: 'open', sg_event_id: 'o' },
      { event: 'click', sg_event_id: 'c' },
    ]);
    const { events } = await latest('opened');
    assert.deepEqual(
      events.map(({ outcome }) => outcome),
      ['matched', 'filtered'],
    );
    assert.deepEqual(await startsOf('opened~o', 'opened~c'), ['all/opened~o']);
  });

  it('may hold 2,000 events and no more', async () => {
    const events = (count: number): Json =>
      Array.from({ length: count }, (_, n) => ({ event: 'x', sg_event_id: `n${n}` }));
    const before = await lab.deliveries();
    assert.equal((await send('strict', events(2_001))).status, 413);
    assert.equal(lab.rejections.at(-1)?.reason, 'too_many_events');
    assert.equal(await lab.deliveries(), before);
    const most = await send('sendgrid', events(2_000));
    assert.ok(most.status < 300, String(most.status));
    assert.equal((await latest('sendgrid')).eventsTotal, 2_000);
  });

  it("gets its run's answer where it holds exactly one event, else an acknowledgement and runs that nobody waits for", async () => {
    const one = await send('asking', [{ event: 'open', sg_event_id: 'only' }]);
    assert.deepEqual([one.status, await one.text()], [207, 'from the run']);
    const two = await send('asking', [
      { event: 'open', sg_event_id: 'first' },
      { event: 'open', sg_event_id: 'second' },
    ]);
    assert.ok(two.status < 300 && two.status !== 207, String(two.status));
    const started = (await lab.starts()).filter((start) => start.source === 'asking');
    const waiting = new Map(started.map((start) => [start.eventId, start.respondWithinMs]));
    assert.deepEqual(
      ['asking~first', 'asking~second'].map((id) => [waiting.has(id), waiting.get(id)]),
      [
        [true, undefined],
        [true, undefined],
      ],
    );
  });
});
