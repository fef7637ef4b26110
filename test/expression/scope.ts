// What expression tests share: a scope with data, and an assertion on the code of an error.
import assert from 'node:assert/strict';
import type { Json } from '../../workflows/definition.ts';
import { evaluateExpression, explain, ExpressionError, type Scope } from '../../workflows/expression/index.ts';

/** A scope over the given roots; its time stands still. */
export function scopeOf(roots: Record<string, Json | undefined> = {}): Scope {
  let ids = 0;
  return {
    roots,
    now: () => '2026-01-02T03:04:05.678Z',
    uuid: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  };
}

/** Evaluates over the given roots. */
export function evaluate(text: string, roots: Record<string, Json | undefined> = {}): Json | undefined {
  return evaluateExpression(text, scopeOf(roots));
}

/** The error that `run` throws; fails unless it is an ExpressionError of that code. */
export function errorOf(run: () => unknown, code: string): ExpressionError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ExpressionError, `threw ${String(error)}`);
    assert.equal(error.code, code, explain(error));
    assert.ok(
      error.offset >= 0 && error.length >= 1 && error.offset <= error.text.length,
      'the caret is inside the text',
    );
    return error;
  }
  assert.fail(`no error, but ${code} was expected`);
}
