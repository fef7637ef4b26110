// The namespace before the first run, and connections that cannot be made. A real server; only a refusal is made up.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { pino, type Logger } from 'pino';
import type { NativeConnection } from '@temporalio/worker';
import { connectTemporal, type TemporalConnection } from '../../src/temporal/connect.ts';
import { prepareNamespace, SEARCH_ATTRIBUTES } from '../../src/temporal/namespace.ts';
import { createStartRun } from '../../src/temporal/start-run.ts';
import { fixtureDefinition, fixtureStart, logger, startTestServer, type TestServer } from './support.ts';

let host: TestServer;
let temporal: TemporalConnection;

before(async () => {
  host = await startTestServer();
  temporal = await connectTemporal({ address: host.server.address, namespace: 'default' });
});
after(async () => {
  await temporal?.close();
  await host?.remove();
});

async function retentionDays(namespace: string): Promise<number> {
  const { config } = await temporal.connection.workflowService.describeNamespace({ namespace });
  return Number(config!.workflowExecutionRetentionTtl!.seconds) / 86_400;
}

/** A logger that keeps what it is given. */
function keepingLogger(): { lines: Record<string, unknown>[]; logger: Logger } {
  const lines: Record<string, unknown>[] = [];
  return { lines, logger: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }) };
}

/** The connection, whose operator service refuses as a cluster does that we may not administer. */
function refusing(methods: ('listSearchAttributes' | 'addSearchAttributes')[]): NativeConnection {
  const refuse = (): Promise<never> =>
    Promise.reject(
      Object.assign(new Error('7 PERMISSION_DENIED: not yours'), { code: 7, details: 'not yours', metadata: {} }),
    );
  const operatorService = new Proxy(temporal.connection.operatorService, {
    get: (service, name) => ((methods as PropertyKey[]).includes(name) ? refuse : Reflect.get(service, name)),
  });
  return new Proxy(temporal.connection, {
    get: (connection, name) =>
      name === 'operatorService' ? operatorService : Reflect.get(connection, name, connection),
  });
}

test("on somebody's cluster where we may not register attributes, one warning says what to run, and runs do without", async () => {
  const { lines, logger: keeping } = keepingLogger();
  for (const methods of [['addSearchAttributes'], ['listSearchAttributes', 'addSearchAttributes']] as const) {
    const prepared = await prepareNamespace({
      connection: refusing([...methods]),
      namespace: 'default',
      embedded: false,
      logger: keeping,
    });
    assert.deepEqual(prepared, { searchAttributes: false });
  }
  assert.equal(lines.length, 2);
  assert.equal(lines[0]!['reason'], 'not yours');
  assert.match(
    JSON.stringify(lines[0]!['run']),
    /temporal operator search-attribute create --name HooklineFlow --type Keyword/,
  );
});

test("on somebody's cluster attributes are registered where we may, and the retention is left alone", async () => {
  const before = await retentionDays('default');
  assert.deepEqual(
    await prepareNamespace({ connection: temporal.connection, namespace: 'default', embedded: false, logger }),
    { searchAttributes: true },
  );
  assert.equal(await retentionDays('default'), before);
  const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({ namespace: 'default' });
  for (const name of SEARCH_ATTRIBUTES) assert.equal(customAttributes[name], 2);
});

test('attributes that somebody else registered are used even where we may not list them', async () => {
  const connection = refusing(['listSearchAttributes', 'addSearchAttributes']);
  assert.deepEqual(await prepareNamespace({ connection, namespace: 'default', embedded: false, logger }), {
    searchAttributes: true,
  });
});

test('on our own server a missing namespace is made, kept for 7 days, and takes runs with attributes at once', async () => {
  for (let round = 0; round < 2; round++) {
    const prepared = await prepareNamespace({
      connection: temporal.connection,
      namespace: 'team-a',
      embedded: true,
      logger,
    });
    assert.deepEqual(prepared, { searchAttributes: true });
  }
  assert.equal(await retentionDays('team-a'), 7);
  const { client, close } = await connectTemporal({ address: host.server.address, namespace: 'team-a' });
  const startRun = createStartRun({
    client,
    taskQueue: 'nobody',
    definition: async () => fixtureDefinition,
    config: () => ({}),
    searchAttributes: true,
    eager: false,
    logger,
  });
  assert.deepEqual(await startRun(fixtureStart('first', {})), {
    state: 'started',
    workflowId: 'fixture/first',
    eager: false,
  });
  await close();
});

test("a missing namespace on somebody's cluster is an error that names the setting", async () => {
  const preparing = prepareNamespace({ connection: temporal.connection, namespace: 'absent', embedded: false, logger });
  await assert.rejects(preparing, /no namespace absent .* TEMPORAL_NAMESPACE/);
});

test('a certificate file that cannot be read is named with its setting, and half a pair is refused', async () => {
  const address = { address: host.server.address, namespace: 'default' };
  await assert.rejects(
    connectTemporal({ ...address, tls: { serverCaPath: '/no/such/ca.pem' } }),
    /TEMPORAL_TLS_SERVER_CA_CERT_PATH: \/no\/such\/ca\.pem cannot be read \(ENOENT\)/,
  );
  await assert.rejects(
    connectTemporal({ ...address, tls: { clientCertPath: new URL(import.meta.url).pathname } }),
    /TEMPORAL_TLS_CLIENT_KEY_PATH go together/,
  );
});

test('nothing listening is an error, and so is TLS towards a server without it', async () => {
  await assert.rejects(connectTemporal({ address: '127.0.0.1:1', namespace: 'default' }));
  await assert.rejects(connectTemporal({ address: host.server.address, namespace: 'default', tls: { enabled: true } }));
  await assert.rejects(
    connectTemporal({ address: host.server.address, namespace: 'default', apiKey: 'k', tls: {} }),
    (error: Error) => {
      assert.doesNotMatch(error.message, /\bk\b/);
      return true;
    },
  );
});
