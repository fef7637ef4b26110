// Mermaid and DOT: every statement has a form that the language knows, every name that an edge uses is declared once, and no label
// ends before its end, whatever an author wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Chart } from '../../src/graph/chart.ts';
import { dot } from '../../src/graph/dot.ts';
import { flowChart } from '../../src/graph/flow-chart.ts';
import { mermaid } from '../../src/graph/mermaid.ts';
import { anyChart, boxesOf, exampleFlows, verbFlows } from './charts.ts';

const RUNS = 60;

/** A quoted Mermaid label: no quote, no line break, no backtick, no bracket; `#` and `&` only as a character code. */
const quoted = String.raw`"(?:[^"\n\`#<>&;\[\]{}|\\]|#\d+;|<br\/>)*"`;
const name = '[a-z][A-Za-z0-9_]*';
const statements = {
  node: new RegExp(
    `^(${name})(?:\\[${quoted}\\]|\\{\\{${quoted}\\}\\}|\\[\\[${quoted}\\]\\]|\\(\\[${quoted}\\]\\)|\\(\\(${quoted}\\)\\))$`,
  ),
  edge: new RegExp(`^(${name}) (?:-->|-\\.->)(?:\\|${quoted}\\|)? (${name})$`),
  group: new RegExp(`^subgraph (${name})\\[${quoted}\\]$`),
  classes: new RegExp(`^class (${name}(?:,${name})*) (${name})$`),
  style: new RegExp(`^classDef (${name}) [a-z-]+:[^ ;]+(?: [0-9]+)?$`),
};

/** Names that Mermaid takes for its own words where a node could stand. */
const reserved = [
  'end',
  'graph',
  'flowchart',
  'subgraph',
  'style',
  'class',
  'click',
  'default',
  'direction',
  'linkStyle',
  'classDef',
];

function checkMermaid(chart: Chart): { nodes: string[]; edges: [string, string][] } {
  const [first, ...lines] = mermaid(chart)
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  assert.equal(first, 'flowchart TD');
  const nodes: string[] = [];
  const groups: string[] = [];
  const edges: [string, string][] = [];
  const classes = new Set<string>();
  let depth = 0;
  for (const line of lines) {
    const node = statements.node.exec(line);
    const edge = statements.edge.exec(line);
    const group = statements.group.exec(line);
    const members = statements.classes.exec(line);
    const style = statements.style.exec(line);
    if (node !== null) nodes.push(node[1]!);
    else if (edge !== null) edges.push([edge[1]!, edge[2]!]);
    else if (style !== null) classes.add(style[1]!);
    else if (group !== null) {
      groups.push(group[1]!);
      depth += 1;
    } else if (line === 'end') depth -= 1;
    else if (members !== null) {
      assert.ok(classes.has(members[2]!), line);
      for (const id of members[1]!.split(',')) assert.ok(nodes.includes(id), line);
    } else assert.equal(line, 'direction TB');
    assert.ok(depth >= 0);
  }
  assert.equal(depth, 0);
  const all = [...nodes, ...groups];
  assert.equal(new Set(all).size, all.length, 'a name is declared twice');
  for (const id of all) assert.ok(!reserved.includes(id), id);
  for (const [from, to] of edges) assert.ok(nodes.includes(from) && nodes.includes(to), `${from} ${to}`);
  return { nodes, edges };
}

function checkDot(chart: Chart): void {
  const text = dot(chart);
  const string = String.raw`"(?:[^"\\]|\\["\\n])*"`;
  const attributes = `\\[(?:[a-z]+=(?:${string}|[a-z0-9.]+)(?:, )?)+\\]`;
  const line = new RegExp(
    `^(?:digraph ${string} \\{|\\}|subgraph cluster_${name} \\{|(?:node|edge) ${attributes}|style=dashed|${string} ${attributes}|${string} -> ${string}(?: ${attributes})?)$`,
  );
  const lines = text.trimEnd().split('\n');
  for (const each of lines) assert.match(each.trim(), line);
  assert.equal(lines.filter((each) => each.endsWith('{')).length, lines.filter((each) => each.trim() === '}').length);
}

test('every example and every verb is a Mermaid flowchart and a DOT graph, with all its boxes', async () => {
  const charts = [
    ...(await exampleFlows()).map(({ definition, triggers }) => flowChart(definition, triggers)),
    ...[...verbFlows().values()].map((flow) => flowChart(flow, [])),
  ];
  for (const chart of charts) {
    const { nodes } = checkMermaid(chart);
    for (const { id } of [...boxesOf(chart.parts), ...chart.starts]) assert.ok(nodes.includes(id), id);
    checkDot(chart);
  }
});

test('whatever the steps are and are called, the statements stay whole', () => {
  fc.assert(
    fc.property(anyChart, (chart) => void checkMermaid(chart)),
    { numRuns: RUNS },
  );
  fc.assert(fc.property(anyChart, checkDot), { numRuns: RUNS });
});

test('an end of a loop leads to what follows it, a next iteration to its head', () => {
  const flow = verbFlows().get('break')!;
  const { edges } = checkMermaid(flowChart({ ...flow, output: 1 }, []));
  const leaving = boxesOf(flowChart(flow, []).parts).find(({ exit }) => exit === 'leave')!;
  assert.ok(edges.some(([from, to]) => from === leaving.id && to === 'finish'));
  const again = boxesOf(flowChart(verbFlows().get('next')!, []).parts);
  const head = again.find(({ lines }) => lines.some((line) => line.startsWith('for each')))!;
  const next = again.find(({ exit }) => exit === 'again')!;
  assert.ok(
    checkMermaid(flowChart(verbFlows().get('next')!, [])).edges.some(
      ([from, to]) => from === next.id && to === head.id,
    ),
  );
});
