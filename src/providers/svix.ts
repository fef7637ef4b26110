// Svix, which sends the webhooks of many services: Standard Webhooks under header names of its own.
// https://docs.svix.com/receiving/verifying-payloads/how-manual
import type { Provider } from './provider.ts';
import { standardWebhooksFields } from './standard-webhooks.ts';

export const svix: Provider = {
  name: 'svix',
  title: 'Svix',
  summary: 'Services that send through Svix (Clerk, Resend and others). The type is `type` of the body.',
  reference: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
  setup: [
    "Open the service's webhook page (its *Application Portal*), choose **Endpoints → Add Endpoint**, put `URL` into *Endpoint URL* and choose the events.",
    "Open the endpoint, reveal its *Signing Secret* (`whsec_…`) and store it as `SECRET`. For a day after a rotation Svix signs with the old one too: either may be the source's.",
    'Where the headers begin with `webhook-` and not with `svix-`, use `provider: standard-webhooks`.',
    "Try it: **Testing → Send Example** on the endpoint's page.",
  ],
  proves:
    'HMAC-SHA256 (`v1`) or Ed25519 (`v1a`) of `ID.TIMESTAMP.BODY`, any of `svix-signature`, at most 5 minutes old',
  eventTypes: ['user.created', 'email.delivered', 'invoice.paid'],
  eventTypePlace: '`type` of the body',
  // https://docs.svix.com/retries: a 2xx within 15 s.
  deadlineMs: 15_000,
  ...standardWebhooksFields('svix-'),
};
