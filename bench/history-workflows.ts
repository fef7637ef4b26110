// What somebody would write by hand instead of the flows of bench/history.ts: the same calls with the same inputs, and nothing else.
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

interface Order {
  id: string;
  items: number[];
}

export interface HandActivities {
  request(request: { method: string; url: string; body: unknown }): Promise<{ status: number; body: unknown }>;
}

/** As many at once as the flow of bench/history.ts has with `max_parallel`. */
const AT_ONCE = 10;

const { request } = proxyActivities<HandActivities>({
  startToCloseTimeout: '35s',
  scheduleToCloseTimeout: '24h',
  heartbeatTimeout: '5s',
  retry: { maximumAttempts: 10, initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
});

const post = (path: string, body: unknown): ReturnType<typeof request> =>
  request({ method: 'POST', url: `https://shop.example/${path}`, body });

export const paid = defineSignal<[{ order: string }]>('paid');

export async function oneCall(order: Order): Promise<number> {
  return (await post('orders', order)).status;
}

export async function tenInARow(order: Order): Promise<number> {
  let status = 0;
  for (let step = 0; step < 10; step += 1) status = (await post('orders', { step, order: order.id })).status;
  return status;
}

export async function tenAtOnce(order: Order): Promise<number> {
  const made = await Promise.all(Array.from({ length: 10 }, (_, step) => post('orders', { step, order: order.id })));
  return made.length;
}

export async function hundredItems(order: Order): Promise<number> {
  const left = [...order.items];
  let done = 0;
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await post('items', { item, order: order.id });
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return done;
}

export async function waitsForPayment(order: Order): Promise<string> {
  let by: string | undefined;
  setHandler(paid, (payment) => {
    if (payment.order === order.id) by = payment.order;
  });
  if (!(await condition(() => by !== undefined, '3d'))) return 'late';
  await post('orders', { paid: by });
  return by!;
}
