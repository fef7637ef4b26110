// Checks what a flow refers to outside itself (connectors, connections, sources) and what its steps may not do together.
import type { JsonObject } from '../../workflows/definition.ts';
import { actionNames, findAction } from '../../activities/connectors/index.ts';
import { checkConnection } from './check-connection.ts';
import { checkSource } from './check-source.ts';
import { reportWords } from './check-structure.ts';
import type { FlowDocument } from './document.ts';
import { respondWithinMaxMs } from './limits.ts';
import type { DeclaredNames, LoadOptions } from './loading.ts';
import { literalMs } from './normalise.ts';
import { didYouMean } from './schema-words.ts';
import { concurrentBlock } from './step-order.ts';
import { allSteps, isObject, type Block, type StepNode } from './step-tree.ts';

/** Keys that say what kind of trigger it is. */
const triggerKinds = ['webhook', 'event', 'schedule', 'manual'];

/** What a trigger says it is; exactly one when it is right. */
export function kindsOf(trigger: JsonObject): string[] {
  return triggerKinds.filter((kind) => kind in trigger);
}

/** Checks the triggers of a flow. */
export function checkTriggers(
  document: FlowDocument,
  flow: JsonObject,
  names: DeclaredNames,
  options: LoadOptions,
): void {
  const triggers = Array.isArray(flow['triggers']) ? flow['triggers'] : [];
  for (const [index, raw] of triggers.entries()) {
    if (!isObject(raw)) continue;
    const path = ['triggers', index];
    const kinds = kindsOf(raw);
    const problems = document.report.problems.length;
    reportWords(document, path, raw, 'trigger', [...triggerKinds, 'if']);
    if (kinds.length > 1) {
      document.report.add(
        'wrong_value',
        document.keyPlace([...path, kinds[1]!]),
        `a trigger is either \`${kinds.join('` or `')}\``,
        'Make a trigger of each.',
      );
    }
    if (kinds.length === 0 && document.report.problems.length === problems) {
      document.report.add(
        'missing_field',
        document.valuePlace(path),
        'a trigger needs `webhook`, `event`, `schedule` or `manual`',
      );
    }
    if (kinds[0] === 'webhook') checkSource(document, raw, path, 'webhook', options);
    if (kinds[0] === 'event') checkEventTrigger(document, raw, path, names);
    const withinMs = literalMs(raw['respond_within']);
    if (withinMs !== undefined && withinMs > respondWithinMaxMs) {
      document.report.add(
        'wrong_value',
        document.valuePlace([...path, 'respond_within']),
        `\`respond_within\` is at most ${respondWithinMaxMs / 60_000}m: no sender waits longer`,
      );
    }
    if (raw['respond_within'] !== undefined && raw['respond'] !== 'result') {
      document.report.add(
        'wrong_value',
        document.keyPlace([...path, 'respond_within']),
        '`respond_within` needs `respond: result`',
        'Without it the sender is answered at once.',
      );
    }
  }
}

function checkEventTrigger(
  document: FlowDocument,
  raw: JsonObject,
  path: (string | number)[],
  names: DeclaredNames,
): void {
  const source = raw['source'];
  if (source === undefined) {
    if (raw['respond'] !== 'result') return;
    return document.report.add(
      'impossible_combination',
      document.valuePlace([...path, 'respond']),
      'nobody waits for the answer to an event that a flow emits',
      'Leave `respond` out, or add `source: NAME`.',
    );
  }
  if (typeof source !== 'string') return;
  const place = document.valuePlace([...path, 'source']);
  const isSound = names.sources.get(source);
  if (isSound === undefined) {
    const hint =
      didYouMean(source, [...names.sources.keys()]) ??
      `Add a document \`source: ${source}\`, or write \`webhook: ${source}\` for a source of this flow alone.`;
    return document.report.add('unknown_source', place, `there is no source \`${source}\``, hint);
  }
  if (!isSound)
    document.report.add(
      'broken_source',
      place,
      `the source \`${source}\` has errors of its own`,
      'Correct its document first.',
    );
}

/** Checks connectors, connections, `set` and `return` of all steps. */
export function checkUses(document: FlowDocument, flow: JsonObject, blocks: Block[], names: DeclaredNames): void {
  const vars = isObject(flow['vars']) ? flow['vars'] : {};
  for (const step of allSteps(blocks)) {
    checkConnector(document, step, names);
    checkSet(document, step, vars);
    if (step.type?.verb !== 'return' && step.type?.verb !== 'set') continue;
    const block = concurrentBlock(step);
    if (block === undefined) continue;
    const around = `\`${block.owner?.type?.verb ?? 'parallel'}\` on line ${block.owner === undefined ? 1 : document.lineOf(block.owner.path)}`;
    const place = document.keyPlace([...step.path, step.type.verb]);
    if (step.type.verb === 'return') {
      document.report.add(
        'return_in_parallel',
        place,
        `\`return\` cannot end the run from inside ${around}, whose parts run side by side`,
        'Return after it.',
      );
    } else {
      const hint = 'Read the output of the block after it; with `foreach`, give it an `output`.';
      document.report.add(
        'set_in_parallel',
        place,
        `\`set\` inside ${around} would write one variable from several sides`,
        hint,
      );
    }
  }
}

function checkConnector(document: FlowDocument, step: StepNode, names: DeclaredNames): void {
  const { raw, path } = step;
  const name = raw['uses'];
  if (typeof name !== 'string') return;
  const found = findAction(name);
  if (found === undefined && !name.includes('${{')) {
    const sameService = actionNames().filter((each) => each.split('.')[0] === name.split('.')[0]);
    const hint = methodHint(name) ?? didYouMean(name, sameService.length > 0 ? sameService : actionNames());
    document.report.add(
      'unknown_connector',
      document.valuePlace([...path, 'uses']),
      `there is no connector \`${name}\``,
      hint,
    );
  }
  checkConnection(document, step, names);
}

/** `http.get`: what is one action here may be one for each method elsewhere. */
function methodHint(name: string): string | undefined {
  const [service, method = ''] = name.split('.');
  const known = actionNames().find((each) => {
    const properties = findAction(each)?.action.input['properties'];
    const field = isObject(properties) ? properties['method'] : undefined;
    const methods = isObject(field) && Array.isArray(field['enum']) ? field['enum'] : [];
    return each.startsWith(`${service}.`) && methods.includes(method.toUpperCase());
  });
  if (known === undefined) return undefined;
  return `Write \`uses: ${known}\`, with \`method: ${method.toUpperCase()}\` in \`with\`.`;
}

function checkSet(document: FlowDocument, step: StepNode, vars: JsonObject): void {
  const values = step.raw['set'];
  if (!isObject(values)) return;
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(vars, name)) continue;
    const closest = didYouMean(name, Object.keys(vars));
    const hint = closest?.startsWith('Did')
      ? closest
      : `Declare it at the top of the flow: \`vars: { ${name}: null }\`.`;
    document.report.add(
      'unknown_var',
      document.keyPlace([...step.path, 'set', name]),
      `the variable \`${name}\` is not declared`,
      hint,
    );
  }
}
