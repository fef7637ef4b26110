// Mux: video assets, uploads and live streams. https://www.mux.com/docs/core/verify-webhook-signatures
import { bodyText, fieldSettings } from './event-fields.ts';
import type { Provider } from './provider.ts';
import { toleranceSettings } from './signing/signed-time.ts';
import { timedItemsProof } from './signing/timed-items.ts';

export const mux: Provider = {
  name: 'mux',
  title: 'Mux',
  summary: 'Mux events of assets, uploads and live streams. Types such as `video.asset.ready`.',
  reference: 'https://www.mux.com/docs/core/verify-webhook-signatures',
  setup: [
    'In the Mux dashboard open **Settings → Webhooks**, choose the environment and **Create new webhook**.',
    'Put `URL` into *URL to notify*. All events of the environment are sent; choose with `events:` in the flow.',
    'Choose **Show Signing Secret** beside the webhook and store it as `SECRET`.',
  ],
  proves: 'HMAC-SHA256 of `TIMESTAMP.BODY`, any `v1` of `Mux-Signature`, at most 5 minutes old',
  eventTypes: ['video.asset.ready', 'video.asset.errored', 'video.upload.asset_created', 'video.live_stream.active'],
  eventTypePlace: '`type` of the event',
  // Retries add to `attempts` of the body, and keep `id`.
  deliveryIdPlace: '`id` of the event',
  // https://www.mux.com/docs/core/listen-for-webhooks: an attempt times out after 5 s; retries go on for 24 hours.
  deadlineMs: 5_000,
  settings: { ...fieldSettings, ...toleranceSettings() },
  needsSecret: true,
  ...timedItemsProof('mux-signature'),
  contentKinds: ['json'],
  success: { status: 202, body: 'id' },
  eventType: (_request, body) => bodyText(body, 'type'),
  deliveryId: (_request, body) => bodyText(body, 'id'),
};
