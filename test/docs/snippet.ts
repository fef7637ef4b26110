// Judges a YAML snippet of a page as a reader would use it: a whole file is loaded, a fragment is put into a flow that has a place for it.
import { services } from '../../activities/connectors/index.ts';
import { formatProblem } from '../../src/flow/format.ts';
import { loadCatalog } from '../../src/flow/load.ts';

/** What a snippet is; `other` is nothing that Hookline reads. */
export type SnippetKind = 'file' | 'triggers' | 'steps' | 'fields' | 'cases' | 'other';

/** What a snippet is, by its first line that is no comment. */
export function kindOf(snippet: string): SnippetKind {
  const [first = ''] = snippet.split('\n').filter((line) => !line.startsWith('#'));
  if (/^(flow|source|connection):/.test(first)) return 'file';
  if (/^- (webhook|event|schedule|manual):/.test(first)) return 'triggers';
  if (first.startsWith('- name:') && /^ {2}(given|expect|flow):/m.test(snippet)) return 'cases';
  if (first.startsWith('- ')) return 'steps';
  if (/^(uses|if|wait\w*|repeat|foreach|while|approve|call|emit|set|switch|parallel|try):/.test(first)) return 'fields';
  return 'other';
}

/** What a fragment may name that stands elsewhere in the reader's flow. */
const elsewhere =
  /error\[(unknown_step|unknown_connection|unknown_var|unknown_source|unknown_flow|step_not_yet)\]|There is no `(item|line|error|index|reminder)` here/;

const shared = services.flatMap(({ connectionExample }) => connectionExample ?? []).map((each) => `---\n${each}`).join('');

/** The errors of a snippet; of a fragment those that it has wherever a reader may put it. */
export function errorsOf(snippet: string, path = 'snippet.yaml'): string[] {
  const kind = kindOf(snippet);
  if (kind === 'file') return load(path, snippet);
  if (kind === 'cases' || kind === 'other') return [`this is neither a document nor a fragment of one: ${snippet}`];
  if (kind === 'triggers') return named(load(path, flowOf(snippet, '- wait: 1s')));
  const steps = kind === 'steps' ? snippet : `- ${snippet.trimEnd().replaceAll('\n', '\n  ')}`;
  const places = [steps, `- foreach: event.body\n  steps:\n${indented(steps, 4)}`, `- try: [{ wait: 1s }]\n  catch:\n${indented(steps, 4)}`];
  const results = places.map((place) => named(load(path, flowOf('- manual: true', place))));
  return results.toSorted((one, other) => one.length - other.length)[0]!;
}

function named(errors: string[]): string[] {
  return errors.filter((error) => !elsewhere.test(error));
}

function flowOf(triggers: string, steps: string): string {
  const vars = 'vars: { total: 0, team: "", last: null, seen: 0, count: 0 }';
  return `flow: example\ntriggers:\n${indented(triggers, 2)}\n${vars}\nsteps:\n${indented(steps, 2)}\n${shared}`;
}

function indented(text: string, spaces: number): string {
  return text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(spaces));
}

function load(path: string, text: string): string[] {
  const { problems } = loadCatalog([{ path, text }], { readSchema: () => ({}) });
  return problems.filter(({ severity }) => severity === 'error').map((problem) => formatProblem(problem));
}
