// A chart as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Whatever an author wrote is shown as text: nothing
// of a label can end it, begin Markdown or become HTML.
import type { Chart, Tone } from './chart.ts';
import { membersOf, networkOf, type Edge, type GraphNode, type Group, type Network } from './network.ts';

/** Fill, line and text of each tone; the text stands on the fill, so both are readable on any page. */
const colours: Record<Tone, [string, string, string]> = {
  start: ['#ede9fe', '#7c3aed', '#1e1b4b'],
  call: ['#dbeafe', '#2563eb', '#172554'],
  wait: ['#fef3c7', '#d97706', '#451a03'],
  data: ['#e5e7eb', '#6b7280', '#111827'],
  choice: ['#ecfeff', '#0891b2', '#083344'],
  end: ['#dcfce7', '#16a34a', '#052e16'],
  failure: ['#fee2e2', '#dc2626', '#450a0a'],
};

/** Brackets around a label. */
const brackets: Record<GraphNode['shape'], [string, string]> = {
  box: ['["', '"]'],
  decision: ['{{"', '"}}'],
  loop: ['[["', '"]]'],
  pill: ['(["', '"])'],
  round: ['(("', '"))'],
};

const INDENT = '  ';

/** The text of a Mermaid file. */
export function mermaid(chart: Chart): string {
  const network = networkOf(chart);
  const lines = [
    'flowchart TD',
    ...membersOf(network, undefined, nodeLine, groupLines).map((line) => INDENT + line),
    ...network.edges.map((edge) => INDENT + edgeLine(edge)),
    ...classLines(network.nodes).map((line) => INDENT + line),
  ];
  return `${lines.join('\n')}\n`;
}

/** A group has no title of its own: its head, inside it, says what it is. */
function groupLines(network: Network, { id }: Group): string[] {
  const inside = ['direction TB', ...membersOf(network, id, nodeLine, groupLines)].map((line) => INDENT + line);
  return [`subgraph ${id}[" "]`, ...inside, 'end'];
}

function nodeLine({ box, shape }: GraphNode): string {
  const [open, close] = brackets[shape];
  return `${box.id}${open}${box.lines.map(escaped).join('<br/>') || ' '}${close}`;
}

function edgeLine({ from, to, label, isDashed }: Edge): string {
  const arrow = isDashed ? '-.->' : '-->';
  return `${from} ${arrow}${label === undefined ? '' : `|"${escaped(label)}"|`} ${to}`;
}

function classLines(nodes: GraphNode[]): string[] {
  const lines: string[] = [];
  for (const [tone, [fill, stroke, color]] of Object.entries(colours)) {
    const ids = nodes.filter(({ box }) => box.tone === tone).map(({ box }) => box.id);
    if (ids.length === 0) continue;
    lines.push(
      `classDef ${tone}Tone fill:${fill},stroke:${stroke},color:${color}`,
      `class ${ids.join(',')} ${tone}Tone`,
    );
  }
  const guarded = nodes.filter(({ box }) => box.isGuarded).map(({ box }) => box.id);
  if (guarded.length > 0) lines.push('classDef guarded stroke-dasharray:4 3', `class ${guarded.join(',')} guarded`);
  return lines;
}

/**
 * Everything but letters, digits and harmless punctuation as a character code, Mermaid's own way to quote; and the point of a number
 * at the beginning, which would begin a list.
 */
function escaped(text: string): string {
  return text.replace(/(?<=^\d+)\.|^-|[^\p{L}\p{N} .,:=?!/()·…'_-]/gu, (character) => `#${character.codePointAt(0)};`);
}
