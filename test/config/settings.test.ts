// Settings: what is read, what is refused, and how it is said.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { readSettings, SettingsError, settingsReference, settingsTable } from '../../src/config.ts';

test('an empty environment gives the defaults', () => {
  const settings = readSettings({});
  assert.equal(settings.port, 8080);
  assert.equal(settings.temporalPort, 7233);
  assert.equal(settings.flows, resolve('./flows'));
  assert.equal(settings.allowPrivateNetwork, false);
  assert.equal(settings.temporalAddress, undefined);
  assert.deepEqual(settings.warnings, []);
});

test('every unusable setting is named, all at once, with what is expected', () => {
  assert.throws(
    () =>
      readSettings({ HOOKLINE_PORT: 'eighty', HOOKLINE_LOG_LEVEL: 'loud', HOOKLINE_ALLOW_PRIVATE_NETWORK: 'maybe' }),
    (error: Error) => {
      assert.ok(error instanceof SettingsError);
      assert.deepEqual(
        error.message.split('\n'),
        [
          'HOOKLINE_PORT must be a whole number from 0 to 65535 (it is "eighty")',
          'HOOKLINE_ALLOW_PRIVATE_NETWORK must be true or false (it is "maybe")',
          'HOOKLINE_LOG_LEVEL must be one of silent, error, warn, info, debug, trace (it is "loud")',
        ].toSorted((a, b) => order(a) - order(b)),
      );
      return true;
    },
  );
});

/** Faults come in the order of the settings table. */
function order(line: string): number {
  return Object.values(settingsTable).findIndex((setting) => line.startsWith(`${setting.env} `));
}

test('secrets and config values are taken by their prefix and are no misspelt settings', () => {
  const settings = readSettings({
    HOOKLINE_SECRET_STRIPE: 'a',
    HOOKLINE_CONFIG_CRM_URL: 'http://crm',
    HOOKLINE_PROT: '1',
  });
  assert.equal(settings.secrets['STRIPE'], 'a');
  assert.equal(settings.config['CRM_URL'], 'http://crm');
  assert.deepEqual(settings.warnings, ['HOOKLINE_PROT is not a setting; did you mean HOOKLINE_PORT?']);
});

test('trusted proxies are addresses and ranges, and a typing error among them ends the start', () => {
  assert.deepEqual(readSettings({}).trustedProxies, []);
  const read = readSettings({ HOOKLINE_TRUSTED_PROXIES: ' 10.0.0.0/8, 2001:db8::1 ,192.0.2.7,' });
  assert.deepEqual(read.trustedProxies, ['10.0.0.0/8', '2001:db8::1', '192.0.2.7']);
  for (const wrong of ['proxy.example', '10.0.0.0/64', '10.1']) {
    assert.throws(
      () => readSettings({ HOOKLINE_TRUSTED_PROXIES: `127.0.0.1,${wrong}` }),
      (error: Error) => error.message.startsWith('HOOKLINE_TRUSTED_PROXIES ') && error.message.includes(`\`${wrong}\``),
    );
  }
});

test('the reference has a row for every setting', () => {
  for (const setting of Object.values(settingsTable))
    assert.ok(settingsReference().includes(`\`${setting.env}\``), setting.env);
});
