// Prints the steps of a run while it runs: on a terminal in place, elsewhere a line whenever one changes. Output goes elsewhere.
import type { RunStep } from '../runs/steps.ts';
import { cut, printable } from './printing.ts';
import { durationText, oneLine } from './run-text.ts';

/** What is printed to; stderr of a command. */
export interface LiveOutput {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

export interface LiveSteps {
  show(steps: RunStep[]): void;
  /** Leaves what was printed as it is. */
  end(): void;
}

/** Steps shown at a time on a terminal; a screen may be small, and a run long. */
const STEPS_SHOWN_MAX = 20;
const REFRESH_MS = 200;
const COLUMNS_DEFAULT = 100;
const STATE_WIDTH = 10;
/** ECMA-48: so many lines up, and clear from there. */
const up = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\u001b[J`);

/** Makes the printer for one run. */
export function showSteps(output: LiveOutput): LiveSteps {
  return output.isTTY === true ? inPlace(output) : lineByLine(output);
}

/** What a line says; the same text is not printed again. */
function stepText(step: RunStep, now: number): string {
  const took = step.endedAt ?? now;
  const parts = [step.state.padEnd(STATE_WIDTH), step.label, step.label === step.kind ? '' : step.kind];
  if (step.state !== 'waiting') parts.push(durationText(took - step.startedAt));
  if (step.attempts > 1) parts.push(step.state === 'completed' ? `${step.attempts} tries` : `try ${step.attempts}`);
  if (step.error !== undefined && step.state !== 'completed') parts.push(oneLine(step.error));
  return printable(parts.filter((part) => part !== '').join('  '));
}

function lineByLine(output: LiveOutput): LiveSteps {
  const said = new Map<string, string>();
  return {
    show(steps) {
      for (const [index, step] of steps.entries()) {
        const change = `${step.state} ${step.attempts} ${step.error ?? ''}`;
        const key = `${index} ${step.event}`;
        if (said.get(key) === change) continue;
        said.set(key, change);
        const now = step.endedAt ?? Date.now();
        output.write(`${stepText(step, now)}\n`);
      }
    },
    end: () => undefined,
  };
}

function inPlace(output: LiveOutput): LiveSteps {
  let steps: RunStep[] = [];
  let drawn = 0;
  const draw = (): void => {
    const shown = steps.slice(-STEPS_SHOWN_MAX);
    const hidden = steps.length - shown.length;
    const columns = (output.columns ?? COLUMNS_DEFAULT) - 1;
    const lines = shown.map((step) => cut(stepText(step, Date.now()), columns));
    if (hidden > 0) lines.unshift(`… ${hidden} steps before`);
    output.write(`${up(drawn)}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, REFRESH_MS);
  return {
    show(next) {
      steps = next;
    },
    end() {
      clearInterval(timer);
      draw();
    },
  };
}
