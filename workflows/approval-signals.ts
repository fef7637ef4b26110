// Decisions that come as signals, from Temporal's own UI: kept until the step that waits for them takes them. What is no
// decision of a step that waits changes nothing, and people are told why. Pure data in, data out; it asks nobody.
import type { Json, JsonObject } from './definition.ts';

/** What a signal decides, read and found right. */
export interface SignalledDecision {
  decision: 'approved' | 'rejected';
  by: string | null;
  comment: string | null;
  form: Json;
}

/** A step that waits for a decision. */
export interface OpenApproval {
  /** Its id, else its path. */
  name: string;
}

/** What a continued run needs of the approvals that went on, by path of the step. */
export type SignalsPosition = Record<string, OpenApproval & { signals: SignalledDecision[] }>;

export interface ApprovalSignals {
  /** From now on decisions for this step are kept. */
  open(path: string, approval: OpenApproval): void;
  close(path: string): void;
  /** Takes what a signal holds, whatever that is; what is wrong with it, undefined when nothing is. */
  deliver(signal: unknown): string | undefined;
  /** The first decision for the step; it stays until it is dropped. */
  first(path: string): SignalledDecision | undefined;
  drop(path: string): void;
  /** Undefined when there is nothing to hand over. */
  position(): SignalsPosition | undefined;
}

/** Characters of a name and of a comment; longer ones are cut. */
const NAME_CHARACTERS_MAX = 200;
const COMMENT_CHARACTERS_MAX = 4_000;
/** Decisions kept for one step: the first that is right counts. */
const SIGNALS_MAX = 10;
/** Characters of what is filled in, as JSON: a run hands over what it did not look at yet. */
const FORM_CHARACTERS_MAX = 65_536;

export function createSignals(continued: SignalsPosition = {}): ApprovalSignals {
  const waiting = new Map(Object.entries(continued));
  return {
    open(path, approval) {
      waiting.set(path, { ...approval, signals: waiting.get(path)?.signals ?? [] });
    },
    close: (path) => void waiting.delete(path),
    deliver(signal) {
      const read = readSignal(signal);
      if (typeof read === 'string') return read;
      const found = [...waiting].filter(([path, { name }]) => path === read.step || name === read.step);
      const [only, ...others] = found;
      if (only === undefined) return `the step \`${read.step}\` does not wait for a decision now`;
      if (others.length > 0) {
        const paths = found.map(([path]) => `\`${path}\``).join(', ');
        return `several steps \`${read.step}\` wait; name one by its path: ${paths}`;
      }
      const { signals } = only[1];
      if (signals.length >= SIGNALS_MAX) return 'there are too many signals for this step already';
      signals.push(read.decision);
      return undefined;
    },
    first: (path) => waiting.get(path)?.signals[0],
    drop: (path) => void waiting.get(path)?.signals.shift(),
    position: () => (waiting.size === 0 ? undefined : Object.fromEntries(waiting)),
  };
}

/** The decision and the step that it is for, or what is wrong. */
function readSignal(signal: unknown): { step: string; decision: SignalledDecision } | string {
  const form = '{"step": "ID", "decision": "approved" or "rejected", "by": "NAME", "comment": "TEXT", "form": {…}}';
  if (signal === null || typeof signal !== 'object' || Array.isArray(signal)) return `it must hold ${form}`;
  const { step, decision, by, comment, form: filled = null } = signal as JsonObject;
  if (typeof step !== 'string' || step === '') return `\`step\` must be the id or the path of a step: ${form}`;
  if (decision !== 'approved' && decision !== 'rejected') return '`decision` must be `approved` or `rejected`';
  if (!isTextOrNothing(by) || !isTextOrNothing(comment)) return '`by` and `comment` must be texts';
  if (JSON.stringify(filled).length > FORM_CHARACTERS_MAX)
    return `\`form\` is larger than ${FORM_CHARACTERS_MAX} characters`;
  return {
    step,
    decision: {
      decision,
      by: by?.slice(0, NAME_CHARACTERS_MAX) ?? null,
      comment: comment?.slice(0, COMMENT_CHARACTERS_MAX) ?? null,
      form: filled,
    },
  };
}

function isTextOrNothing(value: Json | undefined): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}
