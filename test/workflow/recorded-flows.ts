// The flows whose histories are kept in test/histories/: every verb, and every way a run can end.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the flow language */
import type { EventData, Flow, Json, RunInput } from '../../workflows/definition.ts';
import { RESPONSE_UPDATE, WAKE_SIGNAL } from '../../workflows/definition.ts';
import type { Wake } from '../../workflows/wakes.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import type { Handle } from './bench.ts';
import { RECORDED_CALLS } from './recorded-calls.ts';
import { RECORDED_APPROVALS } from './recorded-approvals.ts';
import { RECORDED_LOOPS } from './recorded-loops.ts';
import { RECORDED_RESETS } from './recorded-resets.ts';
import { RECORDED_UNDO } from './recorded-undo.ts';

export interface Recorded {
  /** Name of the file. */
  name: string;
  flow: Flow;
  body?: Json;
  /** What else the run is started with. */
  rest?: Partial<RunInput>;
  /** The run continues as new as soon as it has so many events; kept is the history of its last run. */
  continueAfterEvents?: number;
  /** What happens to the run from outside while it goes on. */
  meanwhile?(handle: Handle): Promise<unknown>;
}

const retry = { maxAttempts: 3, delayMs: 10, backoff: 1, maxDelayMs: 10 };
const refuse: StepDraft = { verb: 'uses', uses: 'demo.refuse', id: 'refuse', line: 3 };
const hang: StepDraft = { verb: 'uses', uses: 'demo.hang', id: 'hang', line: 4 };
const steps = (...list: StepDraft[]): never => list as never;

function branches(onError: 'fail' | 'finish' | 'continue'): StepDraft {
  return {
    verb: 'parallel',
    id: 'both',
    parallel: { a: [say(1), say(2)], b: [refuse], c: [{ verb: 'wait', wait: 30, line: 5 }] },
    onError,
  };
}

export const RECORDED: Recorded[] = [
  ...RECORDED_CALLS,
  ...RECORDED_LOOPS,
  ...RECORDED_UNDO,
  ...RECORDED_APPROVALS,
  ...RECORDED_RESETS,
  {
    name: 'uses',
    flow: flowOf(
      [
        say(
          { name: '${{ event.body.name }}', at: '${{ now() }}', id: '${{ uuid() }}' },
          { id: 'greet', name: 'Greet' },
        ),
        { verb: 'uses', uses: 'demo.flaky', id: 'flaky', with: { until: 2 }, retry, timeoutMs: 60_000 },
        say('Bearer ${{ secrets.TOKEN }}', { guard: 'steps.flaky.output.attempt == 2', connection: 'demo' }),
        say('skipped', { guard: 'false' }),
      ],
      { output: '${{ steps.greet.output.heard.name }}' },
    ),
    body: { name: 'Ada' },
  },
  {
    name: 'uses-fails',
    flow: flowOf([{ ...refuse, onError: 'continue' }, say('${{ steps.refuse.error.status }}'), refuse]),
  },
  {
    name: 'set',
    flow: flowOf([{ verb: 'set', set: { n: '${{ vars.n + 1 }}' } }, say('${{ vars.n }}')], { vars: { n: 1 } }),
  },
  {
    name: 'if',
    flow: flowOf([
      { verb: 'if', if: 'event.body.big', then: [say('big')], else: [say('small')] },
      { verb: 'if', if: '!event.body.big', then: [say('small')], else: [say('big again')] },
    ]),
    body: { big: true },
  },
  {
    name: 'switch',
    flow: flowOf(
      ['critical', 'warning', 'other'].map((level) => ({
        verb: 'switch',
        switch: [
          { when: `"${level}" == "critical"`, steps: [say('page')] },
          { when: `"${level}" == "warning"`, steps: [say('tell')] },
        ],
        default: [say('note')],
      })),
    ),
  },
  { name: 'parallel', flow: flowOf([branches('continue'), say('${{ steps.both.errors.b.code }}')]) },
  { name: 'parallel-finish', flow: flowOf([branches('finish')]) },
  { name: 'parallel-fail', flow: flowOf([{ verb: 'parallel', parallel: { a: [hang], b: [say(1), refuse] } }]) },
  {
    name: 'foreach',
    flow: flowOf(
      [
        {
          verb: 'foreach',
          id: 'one',
          foreach: '[1, 2, 3]',
          steps: [say('${{ item }}', { id: 'inner' })],
          output: '${{ steps.inner.output.heard }}',
        },
        {
          verb: 'foreach',
          id: 'many',
          foreach: 'range(0, 12)',
          max_parallel: 5,
          as: 'n',
          steps: [say('${{ n }}'), { verb: 'wait', wait: 10, line: 2 }],
        },
        { verb: 'foreach', id: 'some', foreach: '["a", "b"]', steps: [refuse], onError: 'continue' },
        { verb: 'foreach', foreach: 'range(0, 600)', steps: [{ verb: 'set', set: { last: '${{ item }}' }, line: 2 }] },
      ],
      { vars: { last: 0 }, output: '${{ [steps.one.output, steps.some.errors.length, vars.last] }}' },
    ),
  },
  {
    name: 'wait',
    flow: flowOf([{ verb: 'wait', wait: 20, id: 'short' }, { verb: 'wait', wait: '${{ "150ms" }}' }, say('after')]),
  },
  {
    name: 'try',
    flow: flowOf([
      { verb: 'try', try: [say('fine')], catch: [say('unreached')], finally: [say('cleaned')] },
      { verb: 'try', try: [refuse, say('unreached')], catch: [say('${{ error.code }}')], finally: [say('cleaned')] },
      {
        verb: 'try',
        try: [refuse],
        catch: [{ verb: 'fail', fail: '${{ error }}', line: 7 }],
        finally: [say('cleaned')],
        onError: 'continue',
      },
    ]),
  },
  {
    name: 'respond',
    flow: flowOf(
      [
        { verb: 'wait', wait: 200 },
        { verb: 'respond', respond: { status: 201, body: 1 } },
        { verb: 'wait', wait: 50 },
      ],
      {
        respondsEarly: true,
      },
    ),
    meanwhile: (handle) => handle.executeUpdate(RESPONSE_UPDATE),
  },
  {
    name: 'return',
    flow: flowOf([
      { verb: 'try', try: [{ verb: 'return', return: 5, line: 2 }], finally: [say('cleaned')] },
      say('unreached'),
    ]),
  },
  {
    name: 'fail',
    flow: flowOf([{ verb: 'fail', fail: { code: 'unpaid', message: 'No money' } }], {
      catch: steps(say('${{ error.code }}'), { verb: 'fail', fail: '${{ error }}', line: 8 }),
      finally: steps(say('${{ run.status }}')),
    }),
  },
  {
    name: 'timeout',
    flow: flowOf([
      { verb: 'try', id: 'block', try: [hang], timeoutMs: 300, onError: 'continue' },
      say('${{ steps.block.status }}'),
    ]),
  },
  {
    name: 'flow-timeout',
    flow: flowOf([hang], {
      timeoutMs: 300,
      catch: steps(say('${{ error.code }}')),
      finally: steps(say('${{ run.status }}')),
    }),
  },
  {
    name: 'cancelled',
    flow: flowOf([{ verb: 'try', try: [hang], catch: [say('unreached')], finally: [say('inner')] }], {
      finally: steps(say('${{ run.status }}')),
    }),
    meanwhile: async (handle) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await handle.cancel();
    },
  },
  {
    name: 'continued',
    continueAfterEvents: 60,
    flow: flowOf([
      {
        verb: 'parallel',
        parallel: {
          many: [{ verb: 'foreach', foreach: 'range(0, 20)', max_parallel: 3, steps: [say('${{ item }}')], line: 2 }],
          pause: [{ verb: 'wait', wait: 250, line: 3 }],
        },
      },
      say('last'),
    ]),
  },
  {
    name: 'emit',
    flow: flowOf([
      { verb: 'emit', id: 'paid', emit: 'order.${{ "paid" }}', body: { id: 7 } },
      say('${{ steps.paid.output.type }}'),
    ]),
  },
  {
    name: 'wait-for',
    flow: flowOf([
      { verb: 'wait_for', id: 'early', wait_for: ['none', 'came.before'], where: { 'body.n': 1 }, line: 1 },
      {
        verb: 'wait_for',
        id: 'told',
        wait_for: 'told.of',
        match: 'candidate.body.n > steps.early.output.body.n',
        timeoutMs: 600_000,
        line: 2,
      },
      { verb: 'wait_for', id: 'none', wait_for: 'none', timeoutMs: 50, on_timeout: [say('late')], line: 3 },
      say('${{ [steps.told.output.body.n, steps.none.status] }}'),
      { verb: 'wait_for', wait_for: 'none', timeoutMs: 50, line: 4 },
    ]),
    async meanwhile(handle) {
      await tell(handle, '1', 1);
      await tell(handle, '1', 2);
      await tell(handle, '1', 3);
    },
  },
  {
    name: 'wait-for-looked-again',
    flow: {
      ...flowOf([
        { verb: 'wait_for', id: 'untold', wait_for: 'came.untold', timeoutMs: 50, on_timeout: [say('late')], line: 1 },
        { verb: 'wait_for', id: 'none', wait_for: 'none', timeoutMs: 50, on_timeout: [say('late')], line: 2 },
        say('${{ [steps.untold.output.body.n, steps.none.status] }}'),
      ]),
      looksAgain: true,
    },
  },
  {
    name: 'wait-for-cancelled',
    flow: flowOf([{ verb: 'wait_for', wait_for: 'none', line: 1 }], { finally: steps(say('${{ run.status }}')) }),
    async meanwhile(handle) {
      await begun(handle);
      await handle.cancel();
    },
  },
  {
    name: 'wait-for-continued',
    continueAfterEvents: 30,
    flow: flowOf([
      {
        verb: 'parallel',
        parallel: {
          told: [{ verb: 'wait_for', wait_for: 'told.of', match: 'candidate.body.n == 9', line: 1 }],
          busy: [{ verb: 'foreach', foreach: 'range(0, 12)', steps: [say('${{ item }}')], line: 2 }],
        },
      },
      say('last'),
    ]),
    async meanwhile(handle) {
      await begun(handle);
      for (let n = 1; n <= 9; n += 1) await tell(handle, '0/told/0', n);
    },
  },
];

/** Resolves when a wait of the run is registered. */
async function begun(handle: Handle): Promise<void> {
  for (;;) {
    const { events } = await handle.fetchHistory();
    if (events?.some((event) => event.activityTaskCompletedEventAttributes)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Tells a run of an event for the wait at this path; the same event twice, as after a crash. */
async function tell(handle: Handle, path: string, n: number): Promise<void> {
  await begun(handle);
  const event: EventData = {
    id: `emit~${n}`,
    type: 'told.of',
    source: 'emit',
    time: '',
    body: { n },
    headers: {},
    query: {},
  };
  const wake: Wake = { waiter: path, position: n + 1, event };
  await handle.signal<[Wake]>(WAKE_SIGNAL, wake);
  await handle.signal<[Wake]>(WAKE_SIGNAL, wake);
}
