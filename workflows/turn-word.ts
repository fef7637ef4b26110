// What people call one turn of the loop around a step. Pure text; it looks at the definition and at no run.
import type { Flow, Step } from './definition.ts';
import { blocksOf, stepAt } from './document.ts';

type TurnWord = 'item' | 'iteration';

/** `item` where a list is gone through, `iteration` in `while` and `repeat`; of loops in loops the innermost one counts. */
export function turnWord(flow: Flow, idOrPath: string | null): TurnWord {
  const step = idOrPath === null ? undefined : stepAt(flow, idOrPath);
  if (step === undefined) return 'item';
  return wordAt([...flow.steps, ...(flow.catch ?? []), ...(flow.finally ?? [])], step, 'item') ?? 'item';
}

function wordAt(steps: Step[], wanted: Step, word: TurnWord): TurnWord | undefined {
  for (const step of steps) {
    if (step === wanted) return word;
    for (const { steps: inside, iterated } of blocksOf(step)) {
      const inner = iterated === undefined ? word : iterated === 'each' ? 'item' : 'iteration';
      const found = wordAt(inside, wanted, inner);
      if (found !== undefined) return found;
    }
    const undoing = step.undoSteps && wordAt(step.undoSteps, wanted, word);
    if (undoing !== undefined) return undoing;
  }
  return undefined;
}
