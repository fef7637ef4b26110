// The flows whose recorded histories show approvals: decided, by signal, reminded of, timed out, cancelled, and across runs that continue.
import { APPROVAL_SOURCE, APPROVE_SIGNAL, DECISION_TYPES } from '../../workflows/decision.ts';
import { WAKE_SIGNAL, type EventData, type Json, type RunInput } from '../../workflows/definition.ts';
import type { Wake } from '../../workflows/wakes.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import type { Handle } from './bench.ts';
import type { Recorded } from './recorded-flows.ts';

const steps = (...list: StepDraft[]): never => list as never;
const rest: Partial<RunInput> = { approvals: { key: 'a'.repeat(64), url: 'https://hooks.example' } };
const LINK = '${{ steps.asked.links.approve.length }} told ${{ reminder }}';

function ask(more: Partial<StepDraft> = {}, fields: object = {}): StepDraft {
  const approve = { title: 'Refund for ${{ event.id }}?', who: ['anna', 'bert'], notify: [say(LINK)], ...fields };
  return { verb: 'approve', id: 'asked', approve, line: 4, ...more };
}

const output = '${{ steps.asked.output }}';

export const RECORDED_APPROVALS: Recorded[] = [
  {
    name: 'approve',
    rest,
    flow: flowOf([say('${{ steps.asked.links.page }}'), ask({ timeoutMs: 600_000 })], { output }),
    async meanwhile(handle) {
      await asked(handle);
      await decide(handle, '1');
    },
  },
  {
    name: 'approve-signal',
    rest,
    flow: flowOf([ask(), say('${{ steps.asked.output.by }}')], { output }),
    async meanwhile(handle) {
      await asked(handle);
      await handle.signal(APPROVE_SIGNAL, 'nonsense');
      await handle.signal(APPROVE_SIGNAL, { step: 'other', decision: 'approved' });
      await handle.signal(APPROVE_SIGNAL, { step: 'asked', decision: 'rejected', by: 'anna', comment: 'no' });
      await handle.signal(APPROVE_SIGNAL, { step: 'asked', decision: 'approved' });
    },
  },
  {
    name: 'approve-reminded',
    rest,
    flow: flowOf([ask({ timeoutMs: 600_000 }, { remind_every: 150 })], { output }),
    async meanwhile(handle) {
      await asked(handle, 3);
      await decide(handle, '0');
    },
  },
  {
    name: 'approve-interrupted',
    rest,
    flow: {
      ...flowOf(
        [
          ask(
            {},
            {
              notify: [
                say(LINK),
                { verb: 'try', try: [{ verb: 'uses', uses: 'demo.hang', line: 5 }], finally: [say('tidied')], line: 5 },
              ],
            },
          ),
          ask({ id: 'again' }, { notify: [say('told again'), { verb: 'uses', uses: 'demo.hang', line: 6 }] }),
          say('${{ steps.again.output.by }}'),
        ],
        { output },
      ),
      notifiesUntilDecided: true,
    },
    async meanwhile(handle) {
      await asked(handle);
      await decide(handle, '0');
      await asked(handle, 'told again');
      await handle.signal(APPROVE_SIGNAL, { step: 'again', decision: 'approved', by: 'anna' });
    },
  },
  {
    // Of a definition from before `notifiesUntilDecided`: what ends in one turn goes on in the order in which it always did.
    name: 'approve-side-by-side',
    rest,
    flow: flowOf([
      {
        verb: 'parallel',
        parallel: Object.fromEntries(
          ['a', 'b', 'c', 'd'].flatMap((name) => [
            [
              `ask_${name}`,
              [ask({ id: name, timeoutMs: 3_000, on_timeout: [] }, { notify: [say(name)], remind_every: 300_000 })],
            ],
            [`busy_${name}`, Array.from({ length: 5 }, (_, n) => say(`${name} ${n}`))],
          ]),
        ),
      },
    ]),
  },
  {
    name: 'approve-timeout',
    rest,
    flow: flowOf([
      ask({ timeoutMs: 100, on_timeout: [say('late')] }, { remind_every: 40 }),
      say('${{ steps.asked.status }}'),
      ask({ id: 'again', timeoutMs: 50 }, { notify: undefined }),
    ]),
  },
  {
    name: 'approve-cancelled',
    rest,
    flow: flowOf([ask()], { finally: steps(say('${{ run.status }}')) }),
    async meanwhile(handle) {
      await asked(handle);
      await handle.cancel();
    },
  },
  {
    name: 'approve-continued',
    rest,
    continueAfterEvents: 30,
    flow: flowOf([
      {
        verb: 'parallel',
        parallel: {
          one: steps(ask({ timeoutMs: 600_000 }, { remind_every: 100 })),
          two: steps(ask({ id: 'other' })),
          busy: steps({ verb: 'foreach', foreach: 'range(0, 12)', steps: [say('${{ item }}')], line: 2 }),
        },
      },
      say('last'),
    ]),
    async meanwhile(handle) {
      await continued(handle);
      await handle.signal(APPROVE_SIGNAL, { step: 'other', decision: 'approved' });
      await decide(handle, '0/one/0');
    },
  },
];

/** Resolves when people were told so often, or this. */
async function asked(handle: Handle, what: number | string = 1): Promise<void> {
  const text = typeof what === 'string' ? what : `told ${what - 1}"`;
  for (;;) {
    const { events } = await handle.fetchHistory();
    const told = (events ?? []).filter((event) => {
      const call = event.activityTaskScheduledEventAttributes;
      return call?.activityType?.name === 'demo.echo' && String(call.input?.payloads?.[0]?.data).includes(text);
    });
    if (told.length > 0 || (await handle.describe()).status.name !== 'RUNNING') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Resolves when the run goes on in a new one. */
async function continued(handle: Handle): Promise<void> {
  for (;;) {
    const { events } = await handle.fetchHistory();
    if (events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Tells a run that the step at this path was decided; twice, as after a crash. */
async function decide(handle: Handle, path: string): Promise<void> {
  const body: Json = {
    decision: 'approved',
    by: 'bert',
    at: '2026-01-02T03:04:05Z',
    comment: null,
    form: null,
    via: 'link',
  };
  const event: EventData = {
    id: `${APPROVAL_SOURCE}~1`,
    type: DECISION_TYPES.approved,
    source: APPROVAL_SOURCE,
    time: '',
    body,
    headers: {},
    query: {},
  };
  const wake: Wake = { waiter: path, position: 1, event };
  await handle.signal<[Wake]>(WAKE_SIGNAL, wake);
  await handle.signal<[Wake]>(WAKE_SIGNAL, wake);
}
