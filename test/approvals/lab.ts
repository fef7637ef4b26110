// A receiver with approvals that runs asked for, and hands to open and send their pages as a browser would.
import type { NewApproval } from '../../src/inbox/approvals.ts';
import { runKeyOf } from '../../src/approvals/link-signature.ts';
import { approvalIdOf, approvalLinks, type ApprovalLinks } from '../../workflows/approval-link.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { LAB_NOW_MS, startLab, type Lab, type LabOptions } from '../server/lab.ts';

export const APPROVAL_KEY = 'approval key of the lab';
export const RUN = 'invoice/shop.orders~i-1~2';
export const STEP = '2/then/0[17]/1';
export const DAY_MS = 86_400_000;

export const FORM: JsonObject = {
  type: 'object',
  required: ['amount', 'account'],
  properties: {
    amount: { type: 'number', title: 'Amount', description: 'In euros.', minimum: 1, maximum: 500 },
    account: { enum: ['main', 'travel'], title: 'Account' },
    note: { type: 'string' },
  },
};

export interface ApprovalLab extends Lab {
  /** Asks for an approval as a run does; its id. */
  ask(changes?: Partial<NewApproval>): Promise<string>;
  /** The links of a place. */
  links(changes?: { run?: string; step?: string; goodUntil?: number; signer?: string; key?: string }): ApprovalLinks;
  open(link: string, headers?: Record<string, string>): Promise<Page>;
  send(link: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Page>;
}

export interface Page {
  status: number;
  headers: Headers;
  text: string;
}

export async function startApprovalLab(options: LabOptions = {}): Promise<ApprovalLab> {
  const lab = await startLab(options);
  const page = async (response: Response): Promise<Page> => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  });
  return Object.assign(lab, {
    async ask(changes: Partial<NewApproval> = {}) {
      const { run = RUN, step = STEP } = changes;
      const id = approvalIdOf({ workflowId: run, stepPath: step });
      await lab.store.openApproval({
        id,
        run,
        flow: run.slice(0, run.indexOf('/')),
        step,
        title: 'Pay the invoice?',
        who: [],
        form: null,
        openedAt: LAB_NOW_MS,
        expiresAt: null,
        ...changes,
      });
      return id;
    },
    links({ run = RUN, step = STEP, goodUntil = LAB_NOW_MS + DAY_MS, signer = run, key = APPROVAL_KEY } = {}) {
      const place = { workflowId: run, stepPath: step };
      return approvalLinks({ key: runKeyOf(key, signer), url: lab.url }, place, goodUntil);
    },
    open: async (link: string, headers: Record<string, string> = {}) => page(await fetch(link, { headers })),
    send: async (link: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      page(await fetch(link, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })),
  } satisfies Omit<ApprovalLab, keyof Lab>);
}
