// `undo`: undoes what the run has done so far, the last step first. Not to be confused with the field `undo` beside other
// verbs, a list of steps: that says how a step is undone.
import type { StepType } from './step.ts';

export const undo: StepType = {
  verb: 'undo',
  summary: 'Undoes every step so far that has an `undo` of its own, the last one first.',
  example: `- try:
    - id: debit
      uses: http.request
      with: { method: POST, url: "https://bank.example/debits", body: { amount: 5 } }
      undo:
        - uses: http.request
          with: { method: DELETE, url: "https://bank.example/debits/\${{ steps.debit.output.body.id }}" }
    - uses: http.request
      with: { method: POST, url: "https://bank.example/credits", body: { amount: 5 } }
  catch:
    - undo: all
`,
  fields: {
    undo: {
      kind: 'literal',
      summary: '`all`: what is undone once is not undone again.',
      required: true,
      schema: { const: 'all', description: '`all`' },
    },
  },
  output: 'List of the ids (or paths) of what was undone, in that order.',
  ownTimeout: true,
  run: (_step, context) => context.undoAll(),
};
