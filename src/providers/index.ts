// The table of providers: one line each. Loader, receiver and docs derive from it.
import { apiKey } from './api-key.ts';
import { atlassian } from './atlassian.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import { calendly } from './calendly.ts';
import { cloudevents } from './cloudevents.ts';
import { discord } from './discord.ts';
import { dropbox } from './dropbox.ts';
import { ed25519 } from './ed25519.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { hmac } from './hmac.ts';
import { hookline } from './hookline.ts';
import { hubspot } from './hubspot.ts';
import { intercom } from './intercom.ts';
import { linear } from './linear.ts';
import { mailgun } from './mailgun.ts';
import { meta } from './meta.ts';
import { microsoftGraph } from './microsoft-graph.ts';
import { mtls } from './mtls.ts';
import { mux } from './mux.ts';
import { none } from './none.ts';
import { notion } from './notion.ts';
import { paddle } from './paddle.ts';
import { pagerduty } from './pagerduty.ts';
import type { Provider } from './provider.ts';
import { sendgrid } from './sendgrid.ts';
import { sentry } from './sentry.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { square } from './square.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import { svix } from './svix.ts';
import { token } from './token.ts';
import { twilio } from './twilio.ts';
import { typeform } from './typeform.ts';
import { websub } from './websub.ts';
import { woocommerce } from './woocommerce.ts';
import { workos } from './workos.ts';
import { x } from './x.ts';
import { xero } from './xero.ts';
import { zendesk } from './zendesk.ts';
import { zoom } from './zoom.ts';

/** Every provider, in the order of the docs. */
export const providers: readonly Provider[] = [
  github,
  stripe,
  slack,
  shopify,
  atlassian,
  calendly,
  cloudevents,
  discord,
  dropbox,
  gitlab,
  hubspot,
  intercom,
  linear,
  mailgun,
  meta,
  microsoftGraph,
  mux,
  notion,
  paddle,
  pagerduty,
  sendgrid,
  sentry,
  square,
  standardWebhooks,
  svix,
  twilio,
  typeform,
  websub,
  woocommerce,
  workos,
  x,
  xero,
  zendesk,
  zoom,
  hookline,
  hmac,
  ed25519,
  apiKey,
  bearer,
  basic,
  token,
  mtls,
  none,
];

const byName = new Map(providers.map((provider) => [provider.name, provider]));

/** The provider of that name, or undefined. */
export function findProvider(name: string): Provider | undefined {
  return byName.get(name);
}
