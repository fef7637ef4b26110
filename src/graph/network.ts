// A chart as nodes, edges and groups: what graph languages such as Mermaid and DOT are written from. Pure.
import type { Attempt, Box, Branches, Chart, Choice, Loop, Part } from './chart.ts';

/** A node; `round` ones only join. */
export interface GraphNode {
  box: Box;
  shape: 'box' | 'decision' | 'loop' | 'pill' | 'round';
  group?: string;
}

export interface Edge {
  from: string;
  to: string;
  label?: string;
  /** Not the usual way: after a failure, or back to the head of a loop. */
  isDashed: boolean;
}

/** Nodes that belong together, maybe inside another group. */
export interface Group {
  id: string;
  parent?: string;
}

export interface Network {
  nodes: GraphNode[];
  edges: Edge[];
  groups: Group[];
}

/** The lines of what is in a group (undefined: in none), its own nodes first. */
export function membersOf(
  network: Network,
  parent: string | undefined,
  nodeLine: (node: GraphNode) => string,
  groupLines: (network: Network, group: Group) => string[],
): string[] {
  const nodes = network.nodes.filter(({ group }) => group === parent).map(nodeLine);
  const groups = network.groups.filter((group) => group.parent === parent);
  return [...nodes, ...groups.flatMap((group) => groupLines(network, group))];
}

/** The end of a way so far, to be joined to what comes next. */
interface Loose {
  from: string;
  label?: string;
  isDashed?: boolean;
}

/** Where parts are put: their group, and the loop that `break` and `next` mean. */
interface Surroundings {
  network: Network;
  group?: string;
  loop?: { head: string; left: Loose[] };
}

/** The nodes and edges of a chart. Every node but the starts is reached by an edge, unless nothing leads there. */
export function networkOf(chart: Chart): Network {
  const network: Network = { nodes: [], edges: [], groups: [] };
  const around: Surroundings = { network };
  const starts = chart.starts.map((box) => {
    addNode(around, box, 'pill');
    return { from: box.id };
  });
  const loose = addParts(around, chart.parts, starts);
  if (loose.length > 0) {
    addNode(around, chart.end, 'pill');
    join(around, loose, chart.end.id);
  }
  return network;
}

function addParts(around: Surroundings, parts: Part[], from: Loose[]): Loose[] {
  return parts.reduce((loose, part) => addPart(around, part, loose), from);
}

function addPart(around: Surroundings, part: Part, from: Loose[]): Loose[] {
  if (part.kind === 'box') return addBox(around, part, from);
  if (part.kind === 'choice') return addChoice(around, part, from);
  if (part.kind === 'loop') return addLoop(around, part, from);
  return part.kind === 'branches' ? addBranches(around, part, from) : addAttempt(around, part, from);
}

function addBox(around: Surroundings, box: Box, from: Loose[]): Loose[] {
  addNode(around, box, box.tone === 'end' || box.tone === 'failure' ? 'pill' : 'box');
  join(around, from, box.id);
  const { loop, network } = around;
  if (box.exit === 'again' && loop !== undefined) network.edges.push({ from: box.id, to: loop.head, isDashed: true });
  if (box.exit === 'leave') loop?.left.push({ from: box.id });
  return box.goesOn ? [{ from: box.id }] : [];
}

function addChoice(around: Surroundings, { head, ways }: Choice, from: Loose[]): Loose[] {
  addNode(around, head, 'decision');
  join(around, from, head.id);
  return ways.flatMap(({ label, parts }) => addParts(around, parts, [{ from: head.id, label }]));
}

function addLoop(around: Surroundings, { head, parts }: Loop, from: Loose[]): Loose[] {
  const left: Loose[] = [];
  const inside = { ...enter(around, head), loop: { head: head.id, left } };
  addNode(inside, head, 'loop');
  join(around, from, head.id);
  const loose = addParts(inside, parts, [{ from: head.id, label: 'each' }]);
  join(
    inside,
    loose.map((each) => ({ ...each, isDashed: true })),
    head.id,
  );
  return [{ from: head.id, label: 'done' }, ...left];
}

function addBranches(around: Surroundings, { head, ways }: Branches, from: Loose[]): Loose[] {
  const inside = enter(around, head);
  addNode(inside, head, 'box');
  join(around, from, head.id);
  const loose = ways.flatMap(({ label, parts }) => addParts(inside, parts, [{ from: head.id, label }]));
  if (loose.length === 0) return [];
  const meeting: Box = { ...head, id: `j_${head.id}`, lines: [''], isGuarded: false };
  addNode(inside, meeting, 'round');
  join(inside, loose, meeting.id);
  return [{ from: meeting.id }];
}

function addAttempt(around: Surroundings, { head, parts, caught, lastly }: Attempt, from: Loose[]): Loose[] {
  const inside = enter(around, head);
  addNode(inside, head, 'box');
  join(around, from, head.id);
  const loose = addParts(inside, parts, [{ from: head.id }]);
  const failed: Loose = { from: head.id, label: 'on failure', isDashed: true };
  if (caught !== undefined) loose.push(...addParts(inside, caught, [failed]));
  if (lastly === undefined) return loose;
  const always: Loose = { from: head.id, label: 'whatever happened', isDashed: true };
  const after = addParts(inside, lastly, [...loose, always]);
  return loose.length > 0 ? after : [];
}

/** A group of its own for what is inside a part. */
function enter(around: Surroundings, head: Box): Surroundings {
  const group: Group = { id: `g_${head.id}` };
  if (around.group !== undefined) group.parent = around.group;
  around.network.groups.push(group);
  return { ...around, group: group.id };
}

function addNode({ network, group }: Surroundings, box: Box, shape: GraphNode['shape']): void {
  network.nodes.push(group === undefined ? { box, shape } : { box, shape, group });
}

function join({ network }: Surroundings, loose: Loose[], to: string): void {
  for (const { from, label, isDashed = false } of loose)
    network.edges.push(label === undefined ? { from, to, isDashed } : { from, to, label, isDashed });
}
