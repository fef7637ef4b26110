// What runs ask about their approvals: to be known, and to be decided (closed in the end, or by a signal). The other side is people's.
import { ApplicationFailure } from '@temporalio/common';
import type { RunStore } from '../../activities/store-calls.ts';
import type { Store } from '../inbox/store.ts';
import type { Decide } from './decide.ts';
import { checkForm } from './form.ts';

export interface RunSideDeps {
  store: Pick<Store, 'openApproval' | 'getApproval'>;
  decide: Decide;
  /** Unix time in milliseconds. */
  clock(): number;
}

/** The part of the store that runs reach. */
export function createApprovalCalls({ store, decide, clock }: RunSideDeps): Pick<RunStore, 'openApproval' | 'decide'> {
  return {
    openApproval: ({ approval: id, ...asked }, run) =>
      store.openApproval({ ...asked, id, run: run.id, flow: run.flow, openedAt: clock() }),
    async decide({ approval, step, ...given }, run) {
      const place = { workflowId: run.id, stepPath: step };
      if (given.decision === 'closed') return (await decide(place, given)).standing;
      const { opened, decision } = await store.getApproval(approval);
      if (decision !== null) return decision;
      const checked = checkForm(opened?.form ?? null, given.form, { decision: given.decision, fillDefaults: true });
      if (checked.ok) return (await decide(place, { ...given, form: checked.value })).standing;
      const faults = checked.faults.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
      throw ApplicationFailure.nonRetryable(faults.join(' '), 'invalid_input');
    },
  };
}
