// The table of connectors: every row is complete, and its examples are true.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { actionNames, findAction, services } from '../../activities/connectors/index.ts';
import { compileSchema } from '../../activities/validation.ts';
import type { JsonObject } from '../../workflows/definition.ts';
import { activitiesOf, failAttempt, rememberingLogger } from './attempt.ts';

test('every action is found by its name, is an activity, and no other name is', () => {
  const names = actionNames();
  assert.deepEqual(names, ['http.request', 'email.send', 'slack.post_message', 'webhook.send', 'log.write']);
  assert.deepEqual(Object.keys(activitiesOf()), names);
  for (const name of names) {
    const found = findAction(name);
    assert.equal(`${found?.service.service}.${found?.action.action}`, name);
  }
  for (const name of ['http', 'http.', 'request', 'http.Request', 'constructor', '__proto__'])
    assert.equal(findAction(name), undefined, name);
});

for (const service of services) {
  for (const action of service.actions) {
    const name = `${service.service}.${action.action}`;
    test(`the example of ${name} follows its schema`, () => {
      const step = parse(action.example) as { uses: string; with: JsonObject; connection?: string };
      assert.equal(step.uses, name);
      compileSchema(action.input)(step.with, 'with');
    });

    test(`${name} takes no field that it does not know, and tells what each is`, () => {
      assert.throws(() => compileSchema(action.input)({ no_such_field: 1 }, 'with'), /has no field no_such_field/);
      const properties = Object.entries({
        ...(action.input.properties as JsonObject),
        ...(action.output.properties as JsonObject),
      });
      for (const [field, schema] of properties) {
        assert.ok((schema as JsonObject).description ?? (schema as JsonObject).const, `${field} is not described`);
      }
    });
  }

  const { connectionExample } = service;
  if (connectionExample === undefined) continue;
  test(`the example connection of ${service.service} follows its schema`, () => {
    const document = parse(connectionExample) as { connector: string; with: JsonObject };
    assert.equal(document.connector, service.service);
    // A whole setting may be a secret; its form is checked when it is known.
    const settings = Object.fromEntries(
      Object.entries(document.with).map(([key, value]) => [
        key,
        value === '${{ secrets.SMTP_URL }}' ? 'smtp://mail.example' : value,
      ]),
    );
    compileSchema(service.connection)(settings, 'with');
  });
}

test('a fault in a connector reaches the log with its details and the flow without them', async () => {
  const { logger, lines } = rememberingLogger();
  const broken = { ...logger, info: () => assert.fail('disk full at /var/log') };
  const failed = await failAttempt(activitiesOf({ logger: broken }), 'log.write', { message: 'm' });
  assert.equal(failed.code, 'connector_failed');
  assert.equal(failed.retryable, true);
  assert.doesNotMatch(JSON.stringify(failed), /disk full/);
  assert.equal(lines[0]?.level, 'error');
  assert.match(JSON.stringify(lines[0]?.fields), /disk full at/);
});
