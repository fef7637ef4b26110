// Checks the connection that a connector step names, or lacks: that it is declared, of the right service, and there where it is needed.
import type { Service } from '../../activities/connector.ts';
import { findAction } from '../../activities/connectors/index.ts';
import type { FlowDocument } from './document.ts';
import type { DeclaredNames } from './loading.ts';
import { needsConnection } from './needed-connection.ts';
import { article } from './schema-terms.ts';
import { didYouMean } from './schema-words.ts';
import { isObject, type StepNode } from './step-tree.ts';

/** Checks `connection` of a step. */
export function checkConnection(document: FlowDocument, step: StepNode, names: DeclaredNames): void {
  const { raw, path } = step;
  const name = String(raw['uses']);
  const found = findAction(name);
  const { connection } = raw;
  if (connection === undefined) {
    if (found !== undefined) checkWithout(document, step, found.service, names);
    return;
  }
  if (typeof connection !== 'string') return;
  const place = document.valuePlace([...path, 'connection']);
  const declared = names.connections.get(connection);
  if (declared === undefined) {
    const hint = connection.includes('${{')
      ? 'A connection is named by its name alone; for one of several write an `if` or `switch` with a step for each.'
      : (didYouMean(connection, [...names.connections.keys()]) ?? `Add a document \`connection: ${connection}\`.`);
    return document.report.add('unknown_connection', place, `there is no connection \`${connection}\``, hint);
  }
  if (!declared.isSound) {
    const message = `the connection \`${connection}\` has errors of its own`;
    return document.report.add('broken_connection', place, message, 'Correct its document first.');
  }
  const service = found?.service.service;
  if (service === undefined || declared.connector === service) return;
  document.report.add(
    'connection_mismatch',
    place,
    `the connection \`${connection}\` is for \`${declared.connector}\`, and \`${name}\` needs one for \`${service}\``,
  );
}

function checkWithout(document: FlowDocument, { raw, path }: StepNode, service: Service, names: DeclaredNames): void {
  const name = String(raw['uses']);
  const fitting = [...names.connections]
    .filter(([, { connector }]) => connector === service.service)
    .map(([own]) => own);
  const write = fitting.length > 0 ? `Write \`connection: ${fitting[0]}\`.` : undefined;
  if (needsConnection(service)) {
    const hint =
      write ??
      `Write \`connection: NAME\`, and add a document \`connection: NAME\` with \`connector: ${service.service}\`.`;
    // The schema says the same, in the same words: what stands here first is what is told.
    const message = `${article(name)} \`${name}\` step needs \`connection\``;
    return document.report.add('missing_field', document.keyPlace(path), message, hint);
  }
  const settings = service.connection['properties'];
  const url = isObject(raw['with']) ? raw['with']['url'] : undefined;
  if (!isObject(settings) || settings['base_url'] === undefined || typeof url !== 'string') return;
  if (/^(?:https?:\/\/|.{0,8}\$\{\{)/i.test(url)) return;
  const message = `\`${url}\` is no complete URL, and there is no connection whose \`base_url\` it could be below`;
  const hint = write ?? 'Write the whole URL, such as `https://…`, or name a connection with a `base_url`.';
  document.report.add('wrong_value', document.valuePlace([...path, 'with', 'url']), message, hint);
}
