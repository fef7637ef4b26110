// Rectangles of a drawing that are put together from smaller ones: beside one another, below one another, in a frame. Because each
// part keeps to its own rectangle, nothing overlaps. Pure; lengths in pixels, y grows downwards.
import type { Box } from './chart.ts';

export interface Point {
  x: number;
  y: number;
}

/** A box with its place. `frame` surrounds others. */
export interface Shape {
  kind: 'box' | 'decision' | 'pill' | 'frame';
  x: number;
  y: number;
  width: number;
  height: number;
  /** None for frames. */
  box?: Box;
}

export interface Line {
  points: Point[];
  hasArrow: boolean;
  isDashed: boolean;
}

/** A text beside a line; `x` is its left end, `y` its base line. */
export interface Label {
  x: number;
  y: number;
  text: string;
}

/** A part of the drawing: entered at (`entry`, 0), left at (x, `height`) for each x of `exits`. */
export interface Block {
  width: number;
  height: number;
  entry: number;
  exits: number[];
  shapes: Shape[];
  lines: Line[];
  labels: Label[];
}

/** Between two parts of a column. */
export const GAP = 34;

/** Nothing but a way through. */
export function passage(width: number): Block {
  return { width, height: 0, entry: width / 2, exits: [width / 2], shapes: [], lines: [], labels: [] };
}

/** The same, somewhere else. */
export function shifted(block: Block, dx: number, dy: number): Block {
  return {
    ...block,
    entry: block.entry + dx,
    exits: block.exits.map((x) => x + dx),
    shapes: block.shapes.map((shape) => ({ ...shape, x: shape.x + dx, y: shape.y + dy })),
    lines: block.lines.map((line) => ({ ...line, points: line.points.map(({ x, y }) => ({ x: x + dx, y: y + dy })) })),
    labels: block.labels.map((label) => ({ ...label, x: label.x + dx, y: label.y + dy })),
  };
}

/** A line of straight stretches; points on a straight line are left out. */
export function lineThrough(points: [number, number][], hasArrow: boolean, isDashed = false): Line {
  const kept = points.filter(([x, y], index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined || after === undefined) return true;
    return !((before[0] === x && after[0] === x) || (before[1] === y && after[1] === y));
  });
  return { points: kept.map(([x, y]) => ({ x, y })), hasArrow, isDashed };
}

/** Blocks below one another, entry below entry; each exit leads to the next one's entry. */
export function stacked(blocks: Block[], gap = GAP): Block {
  if (blocks.length === 0) return passage(0);
  const left = Math.max(...blocks.map(({ entry }) => entry));
  const right = Math.max(...blocks.map(({ width, entry }) => width - entry));
  const whole: Block = {
    width: left + right,
    height: 0,
    entry: left,
    exits: [left],
    shapes: [],
    lines: [],
    labels: [],
  };
  for (const [index, block] of blocks.entries()) {
    const top = index === 0 ? 0 : whole.height + gap;
    const placed = shifted(block, left - block.entry, top);
    if (index > 0) whole.lines.push(...whole.exits.map((x) => descent(x, whole.height, left, top)));
    whole.shapes.push(...placed.shapes);
    whole.lines.push(...placed.lines);
    whole.labels.push(...placed.labels);
    whole.height = top + block.height;
    whole.exits = placed.exits;
  }
  return whole;
}

function descent(fromX: number, fromY: number, toX: number, toY: number): Line {
  const middle = toY - GAP / 2;
  return lineThrough(
    [
      [fromX, fromY],
      [fromX, middle],
      [toX, middle],
      [toX, toY],
    ],
    true,
  );
}

/** Blocks beside one another, all as high as the highest; their exits are led to its bottom. Entries of all but the first go. */
export function beside(blocks: Block[], gap: number): { whole: Block; entries: number[] } {
  const height = Math.max(0, ...blocks.map((block) => block.height));
  const whole: Block = { width: 0, height, entry: 0, exits: [], shapes: [], lines: [], labels: [] };
  const entries: number[] = [];
  for (const [index, block] of blocks.entries()) {
    const placed = shifted(block, whole.width + (index === 0 ? 0 : gap), 0);
    const exits = placed.exits.filter(() => block.height < height);
    whole.shapes.push(...placed.shapes);
    whole.lines.push(
      ...placed.lines,
      ...exits.map((x) =>
        lineThrough(
          [
            [x, block.height],
            [x, height],
          ],
          false,
        ),
      ),
    );
    whole.labels.push(...placed.labels);
    whole.exits.push(...placed.exits);
    entries.push(placed.entry);
    whole.width += block.width + (index === 0 ? 0 : gap);
  }
  return { whole, entries };
}
