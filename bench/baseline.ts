// The hand-written baseline: a koa receiver that checks the signature and starts a TypeScript workflow. What Hookline is measured by.
// usage: baseline.ts all|receiver|worker; settings by environment: PORT, TEMPORAL_ADDRESS, TARGET_URL, SECRET, TASK_QUEUE.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import Koa from 'koa';
import { Pool } from 'undici';

const [part = 'all'] = process.argv.slice(2);
const { PORT = '0', TEMPORAL_ADDRESS = '', TARGET_URL = '', SECRET = '', TASK_QUEUE = 'baseline' } = process.env;

export type BaselineActivities = { call(event: unknown): Promise<number> };

const target = new URL(TARGET_URL);
const pool = new Pool(target.origin, { connections: 64 });
const activities: BaselineActivities = {
  async call(event) {
    const body = JSON.stringify(event);
    const answer = await pool.request({
      method: 'POST',
      path: target.pathname,
      body,
      headers: { 'content-type': 'application/json' },
    });
    await answer.body.dump();
    if (answer.statusCode >= 400) throw new Error(`answered ${answer.statusCode}`);
    return answer.statusCode;
  },
};

Runtime.install({
  shutdownSignals: [],
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});
const eager = part === 'all';
const native = part === 'receiver' ? undefined : await NativeConnection.connect({ address: TEMPORAL_ADDRESS });

if (native) {
  const worker = await Worker.create({
    connection: native,
    taskQueue: TASK_QUEUE,
    activities,
    workflowsPath: fileURLToPath(new URL('./baseline-workflow.ts', import.meta.url)),
    ...(eager ? { maxConcurrentActivityTaskExecutions: 500 } : {}),
  });
  void worker.run();
}

if (part !== 'worker') {
  const connection = native ?? (await Connection.connect({ address: TEMPORAL_ADDRESS }));
  const client = new Client({ connection });
  const app = new Koa();
  app.use(async (ctx) => {
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const expected = Buffer.from(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
    const given = Buffer.from(ctx.get('x-hub-signature-256'));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return ctx.throw(401);
    await client.workflow.start('baseline', {
      taskQueue: TASK_QUEUE,
      workflowId: `baseline/${ctx.get('x-github-delivery')}`,
      args: [JSON.parse(body.toString('utf8'))],
      requestEagerStart: eager,
    });
    ctx.status = 202;
  });
  const server = app.listen(Number(PORT), '127.0.0.1', () => {
    const address = server.address();
    process.stdout.write(`listening ${typeof address === 'object' && address ? address.port : ''}\n`);
  });
} else {
  process.stdout.write('listening 0\n');
}
