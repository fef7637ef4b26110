// What comes of an answer to an approval, by link or API: checked whole, decided if nobody was first. It knows no HTTP.
import type { Json } from '../../workflows/definition.ts';
import { isSameDecision, type Decide } from './decide.ts';
import { checkForm } from './form.ts';
import type { FormFault } from './form-faults.ts';
import type { SeenApproval } from './look.ts';
import { readSaid } from './posted-decision.ts';
import { FIELD_PREFIX } from './posted-form.ts';

/** An answer as it came, unchecked but for the form being JSON. */
export interface GivenAnswer {
  decision: unknown;
  by: unknown;
  comment: unknown;
  form: Json;
  via: 'link' | 'api';
}

/**
 * `decided`: it stands now, or the same was said before. `late`: something else stands, or nobody can decide any more. Either way
 * `approval` is as it stands now. `faulty`: nothing was decided; faults of the form's fields have FIELD_PREFIX.
 */
export type Settled =
  { outcome: 'decided' | 'late'; approval: SeenApproval } | { outcome: 'faulty'; faults: FormFault[] };

/** Rejects with StoreUnavailableError: nothing was decided. */
export async function settle(decide: Decide, approval: SeenApproval, answer: GivenAnswer): Promise<Settled> {
  const { state, form: schema, decision: before } = approval;
  const { via } = answer;
  if (before === null && state !== 'open' && state !== 'early') return { outcome: 'late', approval };
  const read = readSaid(answer);
  const decision = answer.decision === 'rejected' ? 'rejected' : 'approved';
  const checked = checkForm(schema, answer.form, { decision, fillDefaults: via === 'api' });
  if (!read.ok || !checked.ok) {
    if (before !== null) return { outcome: 'late', approval };
    return {
      outcome: 'faulty',
      faults: [...(checked.ok ? [] : checked.faults.map(ofForm)), ...(read.ok ? [] : read.faults)],
    };
  }
  const given = { ...read.said, form: checked.value, via };
  const { standing, first } =
    before === null ? await decide(approval.place, given) : { standing: before, first: false };
  const now: SeenApproval = {
    ...approval,
    state: standing.decision === 'closed' ? 'closed' : 'decided',
    decision: standing,
  };
  return { outcome: first || isSameDecision(standing, given) ? 'decided' : 'late', approval: now };
}

function ofForm({ field, message }: FormFault): FormFault {
  return { field: FIELD_PREFIX + field, message };
}
