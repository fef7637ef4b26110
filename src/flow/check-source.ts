// Checks how a source proves who sends. Without proof and without an explicit `auth: none` nothing loads.
import type { JsonObject } from '../../workflows/definition.ts';
import { findProvider, providers } from '../providers/index.ts';
import type { Provider } from '../providers/provider.ts';
import { checkSecretNames } from './check-secrets.ts';
import { checkSourceFields } from './check-source-fields.ts';
import type { FlowDocument } from './document.ts';
import type { LoadOptions } from './loading.ts';
import { didYouMean } from './schema-words.ts';
import { sourceFields } from './source-fields.ts';
import { triggerFields } from './schema-terms.ts';
import type { Path } from './yaml-node.ts';

/** Providers named in a hint before it becomes noise. */
const ownersShownMax = 3;

/** Reports what is wrong with a source or a `webhook` trigger and its schema does not say. `nameKey` holds its path. */
export function checkSource(
  document: FlowDocument,
  raw: JsonObject,
  path: Path,
  nameKey: 'source' | 'webhook',
  options: LoadOptions,
): void {
  if (nameKey === 'webhook' && raw['retired'] === true) return checkRetiredWebhook(document, path);
  checkAuth(document, raw, path, nameKey, options);
  checkSourceFields(document, raw, path);
}

/** A flow that listens to a URL that takes nothing is a mistake, and its URL needs no flow to be answered 410. */
function checkRetiredWebhook(document: FlowDocument, path: Path): void {
  const hint = 'Delete the trigger; for a URL that goes on to answer 410 write `source: PATH` with `retired: true`.';
  const message = 'a `webhook` trigger cannot be retired: nothing could start the flow by it';
  document.report.add('retired_webhook', document.keyPlace([...path, 'retired']), message, hint);
}

function checkAuth(
  document: FlowDocument,
  raw: JsonObject,
  path: Path,
  nameKey: 'source' | 'webhook',
  options: LoadOptions,
): void {
  const { report } = document;
  const { provider: name, auth } = raw;
  const at = (key: string) => document.valuePlace([...path, key]);
  if (name === undefined && auth === undefined) {
    // A secret that was left behind may be a pasted one.
    if (raw['retired'] === true)
      return checkSecretNames(document, raw['secret'], [...path, 'secret'], options, { isUnused: true });
    const hint =
      'Name a provider (`provider: github`, or `hmac`, `bearer`, … for others), or say `auth: none` to accept requests from anybody.';
    return report.add('unverified_source', at(nameKey), 'nothing says how to prove who sends to this URL', hint);
  }
  if (name !== undefined && auth !== undefined) {
    return report.add(
      'wrong_value',
      document.keyPlace([...path, 'auth']),
      '`auth: none` and `provider` exclude one another',
      'Keep `provider` to verify requests.',
    );
  }
  if (auth !== undefined) {
    if (raw['secret'] !== undefined)
      report.add(
        'wrong_value',
        document.keyPlace([...path, 'secret']),
        'with `auth: none` no secret is used',
        'Name a `provider`, or leave the secret out.',
      );
    return;
  }
  if (typeof name !== 'string') return;
  const provider = findProvider(name);
  if (provider === undefined || name === 'none') {
    const known = providers.map((each) => each.name).filter((each) => each !== 'none');
    const hint = name === 'none' ? 'Write `auth: none`.' : didYouMean(name, known);
    return report.add('unknown_provider', at('provider'), `there is no provider \`${name}\``, hint);
  }
  checkProvider(document, provider, raw, path, options);
}

/** Checks what a provider needs: settings that go together, secrets, a proxy. */
function checkProvider(
  document: FlowDocument,
  provider: Provider,
  raw: JsonObject,
  path: Path,
  options: LoadOptions,
): void {
  const { report } = document;
  const place = document.valuePlace([...path, 'provider']);
  const isRetired = raw['retired'] === true;
  checkForeignSettings(document, provider, raw, path);
  const problem = provider.settingsProblem?.(raw);
  if (problem !== undefined) report.add('wrong_value', place, problem);
  if (provider.needsTrustedProxy === true && options.hasTrustedProxies === false && !isRetired) {
    const hint = 'Set HOOKLINE_TRUSTED_PROXIES to the addresses of the proxy, such as `10.0.0.0/8`.';
    const message = `\`provider: ${provider.name}\` believes a header of a proxy, and no proxy is trusted`;
    report.add('trusted_proxies_missing', place, message, hint);
  }
  if (provider.needsSecret && raw['secret'] === undefined && !isRetired) {
    report.add(
      'secret_required',
      place,
      `\`provider: ${provider.name}\` needs a secret to verify with`,
      'Add `secret: NAME`, the name under which it is stored.',
    );
  }
  const isTold = provider.introduction !== undefined;
  checkSecretNames(document, raw['secret'], [...path, 'secret'], options, { isTold, isUnused: isRetired });
  for (const setting of provider.secretSettings ?? [])
    checkSecretNames(document, raw[setting], [...path, setting], options, { isUnused: isRetired });
}

/** Reports settings of other providers, by the names of those that have them. Other unknown fields the schema reports. */
function checkForeignSettings(document: FlowDocument, provider: Provider, raw: JsonObject, path: Path): void {
  for (const key of Object.keys(raw)) {
    if (Object.hasOwn(provider.settings, key) || Object.hasOwn(sourceFields, key)) continue;
    const owners = providers.filter((other) => Object.hasOwn(other.settings, key)).map(({ name }) => name);
    // Their own words of a trigger or a source win: a provider may have a setting of that name, too.
    if (owners.length === 0 || Object.hasOwn(triggerFields, key)) continue;
    const shown = owners.slice(0, ownersShownMax).map((name) => `\`provider: ${name}\``);
    const more = owners.length > ownersShownMax ? ' and others' : '';
    const message = `\`${key}\` is not a setting of \`provider: ${provider.name}\``;
    document.report.add(
      'unknown_field',
      document.keyPlace([...path, key]),
      message,
      `It is one of ${shown.join(', ')}${more}.`,
    );
  }
}
