// Codes of what loads and is hardly meant: part of the closed list in problem-codes.ts. All are warnings.

export const adviceCodes = {
  unreachable: {
    severity: 'warning',
    meaning: 'A step can never run, because what stands above it always ends the run, the iteration or the block.',
    remedy: 'Delete it, move it up, or give the step above an `if`.',
  },
  step_may_not_run: {
    severity: 'warning',
    meaning:
      'An expression reads a field of `steps.X.output` where that step may have been skipped or have failed: its output is null then, and the read fails.',
    remedy: 'Write `steps.X.output?.field`, or ask for `steps.X.output != null` in a condition before.',
  },
  undo_unused: {
    severity: 'warning',
    meaning: 'A flow says how steps are undone and never does it, or undoes and no step says how.',
    remedy:
      'Write `undo_on_failure: true` or `undo: all`, and `undo: [steps]` beside the verbs of what can be taken back.',
  },
  expression_unmarked: {
    severity: 'warning',
    meaning: 'A text reads like an expression and is not marked as one, so it stays as it is.',
    remedy: 'Write `${{ … }}` around it; in `if`, `while` and the like no mark is needed.',
  },
  two_answers: {
    severity: 'warning',
    meaning:
      'Two flows would answer the same request with their result, and a sender can be given only one: it gets neither.',
    remedy: 'Leave `respond: result` to one of them, or give both an `if` that excludes the other.',
  },
  unused_source: {
    severity: 'warning',
    meaning: 'A source is declared and no flow listens to it: what comes in is stored and starts nothing.',
    remedy: 'Add a trigger with `source: NAME` to a flow, or delete the source.',
  },
  unused_connection: {
    severity: 'warning',
    meaning: 'A connection is declared and no step uses it.',
    remedy: 'Name it in a step (`connection: NAME`), or delete it.',
  },
} satisfies Record<string, { severity: 'warning'; meaning: string; remedy: string }>;
