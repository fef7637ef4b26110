// Gives every part of a chart its place. A sequence is a column, a choice is a row of columns below its head, loops and branches are
// frames. Pure; lengths in pixels.
import { beside, GAP, lineThrough, passage, shifted, stacked, type Block, type Label } from './block.ts';
import type { Attempt, Box, Branches, Chart, Choice, Loop, Part, Way } from './chart.ts';
import { LINE_HEIGHT, textWidth } from './text-width.ts';

const PADDING_X = 14;
const PADDING_Y = 9;
const BOX_WIDTH_MIN = 96;
/** A decision is pointed on both sides. */
const POINT_WIDTH = 16;
const COLUMN_GAP = 26;
/** From a head to the columns below it: room for the line that spreads, and for labels. */
const SPREAD = 46;
const SPREAD_LINE = 14;
const LABEL_INDENT = 6;
/** A way without steps is only a line. */
const PASSAGE_WIDTH = 24;
const FRAME_PADDING = 16;
/** Beside the parts of a loop, for the lines back and out. */
const LANE = 22;

/** The whole chart, with a margin. */
export function layout(chart: Chart, margin = 20): Block {
  const starts = beside(
    chart.starts.map((box) => boxBlock(box, 'pill')),
    COLUMN_GAP,
  ).whole;
  const parts = chart.parts.map(blockOf);
  const leadsOn = parts.at(-1)?.exits.length !== 0;
  const end = leadsOn ? [boxBlock(chart.end, 'pill')] : [];
  const whole = stacked([{ ...starts, entry: starts.width / 2 }, ...parts, ...end]);
  return { ...shifted(whole, margin, margin), width: whole.width + 2 * margin, height: whole.height + 2 * margin };
}

function blockOf(part: Part): Block {
  if (part.kind === 'box') return boxBlock(part, part.tone === 'end' || part.tone === 'failure' ? 'pill' : 'box');
  if (part.kind === 'choice') return choiceBlock(part);
  if (part.kind === 'loop') return loopBlock(part);
  return part.kind === 'branches' ? branchesBlock(part) : attemptBlock(part);
}

function columnOf(parts: Part[]): Block {
  return parts.length === 0 ? passage(PASSAGE_WIDTH) : stacked(parts.map(blockOf));
}

function boxBlock(box: Box, kind: 'box' | 'decision' | 'pill'): Block {
  const points = kind === 'box' ? 0 : 2 * POINT_WIDTH;
  const width = Math.max(BOX_WIDTH_MIN, ...box.lines.map((line) => textWidth(line) + 2 * PADDING_X + points));
  const height = box.lines.length * LINE_HEIGHT + 2 * PADDING_Y;
  const exits = box.goesOn ? [width / 2] : [];
  const shape = { kind, x: 0, y: 0, width, height, box };
  return { width, height, entry: width / 2, exits, shapes: [shape], lines: [], labels: [] };
}

/** A head and columns below it; a line spreads from one to the other. */
function headed(head: Block, ways: (Way & { isDashed?: boolean })[]): Block {
  const columns = ways.map(({ label, parts }) => withLabel(columnOf(parts), label));
  const { whole, entries } = beside(columns, COLUMN_GAP);
  const middle = whole.width / 2;
  const left = Math.max(middle, head.entry);
  const top = head.height + SPREAD;
  const row = shifted(whole, left - middle, top);
  const up = shifted(head, left - head.entry, 0);
  const turn = head.height + SPREAD_LINE;
  const lines = entries.map((entry, index) => {
    const x = entry + left - middle;
    const hasArrow = (ways[index]?.parts.length ?? 0) > 0;
    return lineThrough(
      [
        [left, head.height],
        [left, turn],
        [x, turn],
        [x, top],
      ],
      hasArrow,
      ways[index]?.isDashed,
    );
  });
  const labels = entries.map((entry, index): Label => {
    return { x: entry + left - middle + LABEL_INDENT, y: top - 12, text: ways[index]?.label ?? '' };
  });
  return {
    width: left + Math.max(middle, head.width - head.entry),
    height: top + whole.height,
    entry: left,
    exits: row.exits,
    shapes: [...up.shapes, ...row.shapes],
    lines: [...up.lines, ...lines, ...row.lines],
    labels: [...row.labels, ...labels.filter(({ text }) => text !== '')],
  };
}

/** A column wide enough for the label beside the line that enters it. */
function withLabel(block: Block, label: string): Block {
  return { ...block, width: Math.max(block.width, block.entry + LABEL_INDENT + textWidth(label)) };
}

function choiceBlock({ head, ways }: Choice): Block {
  return headed(boxBlock({ ...head, goesOn: true }, 'decision'), ways);
}

function branchesBlock({ head, ways }: Branches): Block {
  return framed(gathered(headed(boxBlock(head, 'box'), ways)));
}

function attemptBlock({ head, parts, caught, lastly }: Attempt): Block {
  const ways = [{ label: '', parts }];
  const body = headed(boxBlock(head, 'box'), [
    ...ways,
    ...(caught === undefined ? [] : [{ label: 'on failure', parts: caught, isDashed: true }]),
  ]);
  if (lastly === undefined) return framed(gathered(body));
  const title: Box = {
    ...head,
    id: `${head.id}_finally`,
    lines: ['finally, whatever happened'],
    isGuarded: false,
    goesOn: true,
  };
  const ends = body.exits.length === 0;
  const after = stacked([gathered(body), boxBlock(title, 'box'), ...lastly.map(blockOf)]);
  return framed(ends ? { ...after, exits: [] } : after);
}

/** All exits led together below the block. */
function gathered(block: Block): Block {
  const { entry, height, exits } = block;
  if (exits.length === 0 || (exits.length === 1 && exits[0] === entry)) return block;
  const lines = exits.map((x) =>
    lineThrough(
      [
        [x, height],
        [x, height + GAP / 2],
        [entry, height + GAP / 2],
        [entry, height + GAP],
      ],
      false,
    ),
  );
  return { ...block, height: height + GAP, exits: [entry], lines: [...block.lines, ...lines] };
}

function framed(inner: Block, sides = FRAME_PADDING): Block {
  const width = inner.width + 2 * sides;
  const height = inner.height + 2 * FRAME_PADDING;
  const placed = shifted(inner, sides, FRAME_PADDING);
  const bottom = FRAME_PADDING + inner.height;
  const through = placed.exits.map((x) =>
    lineThrough(
      [
        [x, bottom],
        [x, height],
      ],
      false,
    ),
  );
  const inward = lineThrough(
    [
      [placed.entry, 0],
      [placed.entry, FRAME_PADDING],
    ],
    false,
  );
  return {
    ...placed,
    width,
    height,
    shapes: [{ kind: 'frame', x: 0, y: 0, width, height }, ...placed.shapes],
    lines: [...placed.lines, inward, ...through],
  };
}

/** The head above the parts; a line back to it on the left, the way out of it on the right. */
function loopBlock({ head, parts }: Loop): Block {
  const top = boxBlock(head, 'decision');
  const body = stacked([top, ...parts.map(blockOf)]);
  const { height, entry } = body;
  const left = -LANE / 2;
  const right = body.width + LANE / 2;
  const middle = top.height / 2;
  const back = body.exits.map((x) =>
    lineThrough(
      [
        [x, height],
        [x, height + GAP / 2],
        [left, height + GAP / 2],
        [left, middle],
        [entry - top.width / 2, middle],
      ],
      true,
      true,
    ),
  );
  const foot = height + GAP;
  const out = lineThrough(
    [
      [entry + top.width / 2, middle],
      [right, middle],
      [right, foot],
      [entry, foot],
      [entry, foot + 2],
    ],
    false,
  );
  const inner: Block = { ...body, height: foot + 2, exits: [entry], lines: [...body.lines, ...back, out] };
  return framed(inner, FRAME_PADDING + LANE);
}
