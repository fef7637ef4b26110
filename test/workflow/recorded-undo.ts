// The flows whose recorded histories show undo: of a failed run, of a cancelled one, by `undo: all`, and across runs that continue.
import { flowOf, say, type StepDraft } from '../interpret/run-demo.ts';
import type { Recorded } from './recorded-flows.ts';

const refuse: StepDraft = { verb: 'uses', uses: 'demo.refuse', id: 'refuse', line: 3 };
const hang: StepDraft = { verb: 'uses', uses: 'demo.hang', id: 'hang', line: 4 };
const steps = (...list: StepDraft[]): never => list as never;

/** A step that can be undone by one call, and one that is undone by a wait and a call. */
const first = say('first', { id: 'first', undoSteps: steps(say('undo ${{ steps.first.output.heard }}')) });
const second = say('second', {
  id: 'second',
  undoSteps: steps({ verb: 'wait', wait: 20, line: 5 }, say('undo ${{ steps.second.output.heard }}')),
});

export const RECORDED_UNDO: Recorded[] = [
  {
    name: 'undo',
    flow: flowOf(
      [
        first,
        { verb: 'try', try: [second, refuse], catch: [{ verb: 'undo', undo: 'all', line: 6 }], line: 7 },
        {
          verb: 'parallel',
          parallel: {
            a: [say('a', { id: 'a', undoSteps: steps(refuse) })],
            b: [{ verb: 'wait', wait: 30, line: 8 }, say('b', { undoSteps: steps(say('undo b')) })],
          },
        },
        refuse,
      ],
      {
        undoOnFailure: true,
        catch: steps(say('caught'), { verb: 'fail', fail: '${{ error }}', line: 8 }),
        finally: steps(say('${{ run.status }} ${{ steps.first.status }}')),
      },
    ),
  },
  {
    name: 'undo-cancelled',
    flow: flowOf([first, second, { ...hang, undoSteps: steps(say('undo hang')), undoWhen: 'attempted' }], {
      undoOnFailure: true,
      finally: steps(say('${{ run.status }} ${{ steps.hang.status }}')),
    }),
    meanwhile: async (handle) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await handle.cancel();
    },
  },
  {
    name: 'continued-undo',
    continueAfterEvents: 60,
    flow: flowOf(
      [
        {
          verb: 'foreach',
          foreach: 'range(0, 12)',
          max_parallel: 3,
          steps: [
            say('${{ item }}', { id: 'one', undoSteps: steps(say('undo ${{ item }} ${{ steps.one.output.heard }}')) }),
          ],
        },
        refuse,
      ],
      { undoOnFailure: true },
    ),
  },
];
