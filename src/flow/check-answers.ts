// Checks what a trigger asks of the source that it listens to: whether a result can be its answer, and whether anything comes.
import type { JsonObject } from '../../workflows/definition.ts';
import { findProvider } from '../providers/index.ts';
import type { Source } from './catalog.ts';
import type { FlowDocument } from './document.ts';
import { respondWithinDefaultMs } from './limits.ts';
import { literalMs } from './normalise.ts';
import { isObject } from './step-tree.ts';
import type { Path } from './yaml-node.ts';

/** Checks the triggers of a flow against their sources. `sourceNamed` knows those that are sound, and the flow's own. */
export function checkAnswers(
  document: FlowDocument,
  flow: JsonObject,
  sourceNamed: (name: string) => Source | undefined,
): void {
  const triggers = Array.isArray(flow['triggers']) ? flow['triggers'] : [];
  for (const [index, raw] of triggers.entries()) {
    if (!isObject(raw)) continue;
    const isInline = raw['webhook'] !== undefined;
    const name = isInline ? raw['webhook'] : raw['source'];
    const source = typeof name === 'string' ? sourceNamed(name) : undefined;
    if (source === undefined) continue;
    const path = ['triggers', index];
    if (source.retired) {
      if (!isInline) reportRetired(document, path, source);
      continue;
    }
    if (raw['respond'] !== 'result') continue;
    checkStatus(document, path, source, isInline);
    checkItems(document, path, source);
    checkDeadline(document, path, source, raw);
  }
}

function reportRetired(document: FlowDocument, path: Path, source: Source): void {
  const message = `the source \`${source.name}\` is retired (${source.file}:${source.line}): nothing comes from it`;
  const place = document.valuePlace([...path, 'source']);
  document.report.add('retired_source', place, message, 'Delete the trigger, or take `retired` out of the source.');
}

/** A result brings its own status. */
function checkStatus(document: FlowDocument, path: Path, source: Source, isInline: boolean): void {
  if (source.status === undefined) return;
  const where = isInline ? '' : ` of the source (${source.file}:${source.line})`;
  const place = isInline ? document.keyPlace([...path, 'status']) : document.valuePlace([...path, 'respond']);
  const message = `\`status: ${source.status}\`${where} and \`respond: result\` exclude one another: the flow says the status`;
  const hint = 'Leave `status` out, and answer with `respond: { status: … }` in the steps.';
  document.report.add('impossible_combination', place, message, hint);
}

function checkItems(document: FlowDocument, path: Path, source: Source): void {
  const { provider: name } = source.auth;
  const provider = findProvider(name);
  if (provider?.items === undefined || provider.hasSingles === true) return;
  const message = `a request of \`provider: ${name}\` carries several events, so no one of them can be its answer`;
  const hint = 'Leave `respond: result` out: the sender is answered at once.';
  document.report.add('impossible_combination', document.valuePlace([...path, 'respond']), message, hint);
}

function checkDeadline(document: FlowDocument, path: Path, source: Source, raw: JsonObject): void {
  const deadlineMs = findProvider(source.auth.provider)?.deadlineMs;
  const withinMs = literalMs(raw['respond_within']) ?? respondWithinDefaultMs;
  if (deadlineMs === undefined || withinMs <= deadlineMs) return;
  const isSaid = raw['respond_within'] !== undefined;
  const wait = isSaid ? '`respond_within` is longer' : `\`respond: result\` waits ${respondWithinDefaultMs / 1000}s`;
  const message = `\`provider: ${source.auth.provider}\` gives up after ${deadlineMs / 1000}s, and ${wait}`;
  const hint = `Write \`respond_within: ${deadlineMs / 2000}s\`, so that the sender gets an answer in time.`;
  const place = document.valuePlace([...path, isSaid ? 'respond_within' : 'respond']);
  document.report.add('sender_gives_up', place, message, hint);
}
