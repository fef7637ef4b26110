// What the example flows need to run in a test: secrets, settings, and requests as their senders would make them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  apiKey,
  bearer,
  hooklineEnvelope,
  signGithub,
  signLinear,
  signShopify,
  signStandardWebhooks,
  signStripe,
  signTypeform,
  type Headers,
} from './sign.ts';

/** The folder with the examples. */
export const EXAMPLES = join(import.meta.dirname, '../../flows');

/** Secrets that senders prove themselves with. */
export const inboundSecrets = {
  GITHUB_SECRET: 'github-secret-5b1f',
  SHOPIFY_SECRET: 'shopify-secret-91ce',
  USERS_TOKEN: 'users-secret-7d20',
  STRIPE_SIGNING_SECRET: 'whsec_stripe-secret-3c8a',
  TYPEFORM_SECRET: 'typeform-secret-e41b',
  FILES_SIGNING_SECRET: `whsec_${Buffer.from('files-secret-0f6d-24-bytes').toString('base64')}`,
  LINEAR_SECRET: 'linear-secret-b7d3',
  MONITORING_SECRET: 'monitoring-secret-8a52',
  MESSAGES_API_KEY: 'messages-secret-4e99',
  REPORTS_REQUEST_TOKEN: 'reports-request-secret-06bb',
  CRM_HOOK_TOKEN: 'crm-hook-secret-57ac',
  ACTIVITY_TOKEN: 'activity-secret-b1e7',
  TRANSFERS_TOKEN: 'transfers-secret-2f68',
  EXPENSES_TOKEN: 'expenses-secret-77c1',
  REVIEW_SIGNING_SECRET: 'whsec_review-secret-c0d4',
  BACKUPS_TOKEN: 'backups-secret-91d0',
  PLACED_ORDERS_TOKEN: 'placed-orders-secret-6d3e',
  BILLING_SIGNING_SECRET: 'whsec_billing-secret-4b7e',
};

/** A secret for every name in flows/. */
export const exampleSecrets = {
  ...inboundSecrets,
  CRM_TOKEN: 'crm-secret-1d4c',
  ACCOUNTS_TOKEN: 'accounts-secret-a06e',
  ORDERS_TOKEN: 'orders-secret-5f73',
  CARRIER_KEY: 'carrier-secret-c218',
  SHOP_ACCESS_TOKEN: 'shop-secret-36bd',
  NEWSLETTER_KEY: 'newsletter-secret-d95a',
  FILES_TOKEN: 'files-secret-token-72e1',
  PAGER_TOKEN: 'pager-secret-e80f',
  REPORTS_TOKEN: 'reports-secret-c941',
  RISK_TOKEN: 'risk-secret-5e21',
  PAYMENTS_TOKEN: 'payments-secret-b390',
  WAREHOUSE_TOKEN: 'warehouse-secret-0ae6',
  BANK_TOKEN: 'bank-secret-ad35',
  PARTNER_SIGNING_SECRET: `whsec_${Buffer.from('partner-secret-24-bytes!').toString('base64')}`,
  SLACK_TOKEN: 'xoxb-slack-secret-f3a7',
};

/** Settings that lead every connection to the outside server (one path a service) and to the mailbox. */
export function exampleConfig(outsideUrl: string, mailboxUrl: string): Record<string, string> {
  const services = [
    'CRM',
    'ACCOUNTS',
    'ORDERS',
    'CARRIER',
    'SHOP',
    'NEWSLETTER',
    'FILES',
    'PROCESSOR',
    'PAGER',
    'REPORTS',
    'BANK',
    'WAREHOUSE',
    'RISK',
    'PAYMENTS',
    'PARTNER',
    'SLACK',
  ];
  return {
    ...Object.fromEntries(services.map((name) => [`${name}_URL`, `${outsideUrl}/${name.toLowerCase()}`])),
    SMTP_URL: mailboxUrl,
    ESCALATE_AFTER: '200ms',
    REPORTS_LOOK_EVERY: '50ms',
  };
}

/** A request ready to be posted to `/hooks/SOURCE`. */
export interface ExampleRequest {
  source: string;
  body: string;
  headers: Headers;
  /** The sender's id for it. */
  delivery: string;
}

type Body = ReturnType<typeof JSON.parse>;
type Sign = (body: Body, delivery: string) => Omit<ExampleRequest, 'delivery'>;

const plain =
  (source: string, sign: (text: string, delivery: string) => Headers): Sign =>
  (body, delivery) => {
    const text = JSON.stringify(body);
    return { source, body: text, headers: sign(text, delivery) };
  };

/** How the sender of each example posts. */
const senders = {
  'github-issue-to-slack': plain('github', (text, id) => signGithub(text, exampleSecrets.GITHUB_SECRET, 'issues', id)),
  'user-created': plain('users/created', (_text, id) => ({
    ...bearer(exampleSecrets.USERS_TOKEN),
    'idempotency-key': id,
  })),
  'payment-to-order': (body, delivery) => {
    const text = JSON.stringify({ ...body, id: delivery });
    return { source: 'payments/stripe', body: text, headers: signStripe(text, exampleSecrets.STRIPE_SIGNING_SECRET) };
  },
  'lead-to-newsletter': (body, delivery) => {
    const text = JSON.stringify({ ...body, event_id: delivery });
    return { source: 'forms/newsletter', body: text, headers: signTypeform(text, exampleSecrets.TYPEFORM_SECRET) };
  },
  'order-to-shipping': plain('shop', (text, id) => signShopify(text, exampleSecrets.SHOPIFY_SECRET, 'orders/paid', id)),
  'file-uploaded': plain('files', (text, id) => signStandardWebhooks(text, exampleSecrets.FILES_SIGNING_SECRET, id)),
  'project-task-to-team': plain('projects/linear', (text, id) =>
    signLinear(text, exampleSecrets.LINEAR_SECRET, id, 'Issue'),
  ),
  'monitoring-alert': (body, delivery) => ({
    source: 'monitoring',
    body: hooklineEnvelope({ ...body, id: delivery }, exampleSecrets.MONITORING_SECRET),
    headers: { 'content-type': 'application/json' },
  }),
  'report-export': plain('reports/requested', (_text, id) => ({
    ...bearer(exampleSecrets.REPORTS_REQUEST_TOKEN),
    'idempotency-key': id,
  })),
  'contacts-copied': plain('crm/changed', (_text, id) => ({
    ...bearer(exampleSecrets.CRM_HOOK_TOKEN),
    'idempotency-key': id,
  })),
  'money-transfer': plain('bank/transfers', (_text, id) => ({
    ...bearer(exampleSecrets.TRANSFERS_TOKEN),
    'idempotency-key': id,
  })),
  'message-interceptor': plain('messages/intercept', (_text, id) => ({
    ...apiKey(exampleSecrets.MESSAGES_API_KEY),
    'idempotency-key': id,
  })),
} satisfies Record<string, Sign>;

/** Name of an example flow. */
export type ExampleFlow = keyof typeof senders;

/** All examples. */
export const exampleFlows = Object.keys(senders) as ExampleFlow[];

/** The fixture of a flow, parsed anew each time. */
export function fixture(flow: ExampleFlow): Body {
  return JSON.parse(readFileSync(join(EXAMPLES, 'fixtures', `${flow}.json`), 'utf8'));
}

let deliveries = 0;

/** The fixture of a flow, changed by `change`, as a delivery of its own, signed as its sender would. */
export function exampleRequest(flow: ExampleFlow, change: (body: Body) => void = () => undefined): ExampleRequest {
  const body = fixture(flow);
  change(body);
  deliveries += 1;
  const delivery = `delivery-${process.pid}-${deliveries}`;
  return { ...senders[flow](body, delivery), delivery };
}

/** Id of the event that a request becomes; for senders whose answer does not name it. */
export function exampleEventId({ source, delivery }: ExampleRequest): string {
  return `${source.replaceAll('/', '.')}~${delivery}`;
}
