// A chart in DOT, the language of Graphviz (https://graphviz.org/doc/info/lang.html).
import type { Chart } from './chart.ts';
import { membersOf, networkOf, type Edge, type GraphNode, type Group, type Network } from './network.ts';

const shapes: Record<GraphNode['shape'], string> = {
  box: 'shape=box, style="rounded"',
  decision: 'shape=hexagon',
  loop: 'shape=box, peripheries=2',
  pill: 'shape=box, style="rounded,bold"',
  round: 'shape=circle, width=0.15, fixedsize=true',
};

const INDENT = '  ';

/** The text of a DOT file. */
export function dot(chart: Chart): string {
  const network = networkOf(chart);
  const lines = [
    `digraph ${quoted(chart.title)} {`,
    `${INDENT}node [fontname="sans-serif", fontsize=11]`,
    `${INDENT}edge [fontname="sans-serif", fontsize=10]`,
    ...membersOf(network, undefined, nodeLine, groupLines).map((line) => INDENT + line),
    ...network.edges.map((edge) => INDENT + edgeLine(edge)),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** Graphviz draws a frame around groups whose name begins with `cluster`. */
function groupLines(network: Network, { id }: Group): string[] {
  const inside = ['style=dashed', ...membersOf(network, id, nodeLine, groupLines)].map((line) => INDENT + line);
  return [`subgraph cluster_${id} {`, ...inside, '}'];
}

function nodeLine({ box, shape }: GraphNode): string {
  const dashed = box.isGuarded ? ', style="dashed"' : '';
  return `${quoted(box.id)} [label=${quoted(box.lines.join('\n'))}, ${shapes[shape]}${dashed}]`;
}

function edgeLine({ from, to, label, isDashed }: Edge): string {
  const parts = [...(label === undefined ? [] : [`label=${quoted(label)}`]), ...(isDashed ? ['style=dashed'] : [])];
  return `${quoted(from)} -> ${quoted(to)}${parts.length === 0 ? '' : ` [${parts.join(', ')}]`}`;
}

/** A quoted string; a backslash would begin an escape, a line break becomes one. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
