// The flows with loops, moments and ruled retries whose histories are kept in test/histories/.
import type { Json } from '../../workflows/definition.ts';
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import type { Recorded } from './recorded-flows.ts';

const retry = { maxAttempts: 5, delayMs: 10, backoff: 1, maxDelayMs: 10 };
const draft = (...steps: StepDraft[]): Json => steps as unknown as Json;
const leave = (verb: 'break' | 'next', guard: string): StepDraft => ({ verb, [verb]: true, guard, line: 2 });

export const RECORDED_LOOPS: Recorded[] = [
  {
    name: 'while',
    flow: flowOf(
      [
        {
          verb: 'while',
          id: 'pages',
          while: '(steps.page.output?.heard ?? 0) < 3',
          steps: [say('${{ index + 1 }}', { id: 'page' })],
        },
        {
          verb: 'while',
          while: 'vars.n < 700',
          steps: [{ verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 2 }],
        },
        {
          verb: 'while',
          while: 'true',
          max_iterations: 2,
          steps: [say('${{ index }}', { id: 'deep' })],
          onError: 'continue',
        },
      ],
      { vars: { n: 0 }, output: '${{ [steps.pages.output, steps.deep.output, vars.n] }}' },
    ),
  },
  {
    name: 'repeat',
    flow: flowOf([
      {
        verb: 'repeat',
        id: 'polled',
        repeat: {
          steps: draft(say('${{ index }}', { id: 'look' })),
          until: 'steps.look.output.heard == 2',
          every: '40ms',
        },
      },
      { verb: 'repeat', repeat: { steps: draft(say('again')), max_iterations: 2 } },
    ]),
  },
  {
    name: 'break-next',
    flow: flowOf([
      {
        verb: 'foreach',
        id: 'each',
        foreach: 'range(0, 9)',
        steps: [
          leave('next', 'item == 1'),
          {
            verb: 'try',
            try: [say('${{ item }}'), leave('break', 'item == 3')],
            catch: [say('unreached')],
            finally: [say('cleaned')],
            line: 2,
          },
        ],
        output: '${{ item }}',
      },
      {
        verb: 'foreach',
        foreach: 'range(0, 4)',
        max_parallel: 2,
        steps: [leave('next', 'item == 2'), say('${{ item }}')],
      },
      say('${{ steps.each.output }}'),
    ]),
  },
  {
    name: 'wait-until',
    flow: flowOf([
      { verb: 'wait_until', wait_until: 'time.add(now(), "150ms")', id: 'soon' },
      { verb: 'wait_until', wait_until: '"2020-01-01"' },
      say('after'),
    ]),
  },
  {
    name: 'continued-loops',
    continueAfterEvents: 60,
    flow: flowOf(
      [
        {
          verb: 'repeat',
          repeat: {
            steps: draft(say('${{ index }}'), { verb: 'set', set: { n: '${{ vars.n + 1 }}' }, line: 2 }),
            until: 'vars.n == 12',
            every: '20ms',
          },
        },
        say('last'),
      ],
      { vars: { n: 0 }, output: '${{ vars.n }}' },
    ),
  },
  {
    name: 'retry-rules',
    flow: flowOf([
      {
        verb: 'uses',
        uses: 'demo.flaky',
        id: 'flaky',
        with: { until: 3 },
        retry: { ...retry, on: 'error.code == "network"' },
      },
      {
        verb: 'uses',
        uses: 'demo.refuse',
        retry: { ...retry, on: 'error.status == 402', until: 'error.attempt == 2' },
        onError: 'continue',
      },
      say('${{ steps.flaky.output.attempt }}'),
    ]),
  },
];
