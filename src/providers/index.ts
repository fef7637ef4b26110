// The table of providers: one line each. Loader, receiver and docs derive from it.
import { apiKey } from './api-key.ts';
import { basic } from './basic.ts';
import { bearer } from './bearer.ts';
import { github } from './github.ts';
import { hmac } from './hmac.ts';
import { hookline } from './hookline.ts';
import { none } from './none.ts';
import type { Provider } from './provider.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';

/** Every provider, in the order of the docs. */
export const providers: readonly Provider[] = [
  github,
  stripe,
  slack,
  shopify,
  standardWebhooks,
  hookline,
  hmac,
  apiKey,
  bearer,
  basic,
  none,
];

const byName = new Map(providers.map((provider) => [provider.name, provider]));

/** The provider of that name, or undefined. */
export function findProvider(name: string): Provider | undefined {
  return byName.get(name);
}
