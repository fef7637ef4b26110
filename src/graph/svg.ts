// Writes a chart as an SVG that stands alone: no script, no font, no image. Its colours follow the reader's light or dark theme.
import type { Label, Line, Shape } from './block.ts';
import type { Chart } from './chart.ts';
import { layout } from './layout.ts';
import { FONT_SIZE, LINE_HEIGHT } from './text-width.ts';

/** How far the sides of a decision come to a point. */
const POINT_WIDTH = 12;

const STYLE = `
  svg { color-scheme: light dark; font: ${FONT_SIZE}px system-ui, sans-serif;
    --page: #ffffff; --ink: #111827; --soft: #4b5563; --line: #6b7280; --frame: #9ca3af;
    --start: #ede9fe; --call: #dbeafe; --wait: #fef3c7; --data: #e5e7eb; --choice: #cffafe; --end: #dcfce7; --failure: #fee2e2; }
  @media (prefers-color-scheme: dark) { svg {
    --page: #0f172a; --ink: #f3f4f6; --soft: #cbd5e1; --line: #94a3b8; --frame: #64748b;
    --start: #3b2a6b; --call: #1e3a6e; --wait: #5c3a0b; --data: #374151; --choice: #164e63; --end: #14532d; --failure: #6b1d1d; } }
  .page { fill: var(--page) } .frame { fill: none; stroke: var(--frame); stroke-dasharray: 2 3 }
  .shape { stroke: var(--line) } .guarded { stroke-dasharray: 5 3 }
  .line { fill: none; stroke: var(--line); stroke-width: 1.3 } .dashed { stroke-dasharray: 5 4 } .tip { fill: var(--line) }
  text { fill: var(--ink) } .more, .label { fill: var(--soft) } .name { font-weight: 600 } .middle { text-anchor: middle }
`;

/** The text of an SVG file. */
export function svg(chart: Chart): string {
  const drawing = layout(chart);
  const width = Math.ceil(drawing.width);
  const height = Math.ceil(drawing.height);
  const frames = drawing.shapes.filter(({ kind }) => kind === 'frame');
  const boxes = drawing.shapes.filter(({ kind }) => kind !== 'frame');
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(chart.title)}</title>`,
    ...(chart.description === undefined ? [] : [`<desc>${escaped(chart.description)}</desc>`]),
    `<style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">' +
      '<path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>',
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...frames.map(frameElement),
    ...drawing.lines.map(lineElement),
    ...boxes.map(boxElement),
    ...drawing.labels.map(labelElement),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

function frameElement({ x, y, width, height }: Shape): string {
  return `<rect class="frame" ${place(x, y, width, height)} rx="8"/>`;
}

function boxElement(shape: Shape): string {
  const { kind, x, y, width, height, box } = shape;
  if (box === undefined) return '';
  const classes = `shape${box.isGuarded ? ' guarded' : ''}`;
  const fill = `style="fill:var(--${box.tone})"`;
  const radius = kind === 'pill' ? Math.min(height / 2, 18) : 5;
  const outline =
    kind === 'decision'
      ? `<polygon class="${classes}" ${fill} points="${decisionPoints(shape)}"/>`
      : `<rect class="${classes}" ${fill} ${place(x, y, width, height)} rx="${radius}"/>`;
  const top = y + (height - box.lines.length * LINE_HEIGHT) / 2 + LINE_HEIGHT - 4;
  const texts = box.lines.map((line, index) => {
    const name = index === 0 ? 'name' : 'more';
    return `<text class="${name} middle" x="${round(x + width / 2)}" y="${round(top + index * LINE_HEIGHT)}">${escaped(line)}</text>`;
  });
  return `<g id="${escaped(box.id)}">${outline}${texts.join('')}</g>`;
}

function decisionPoints({ x, y, width, height }: Shape): string {
  const points = [
    [x + POINT_WIDTH, y],
    [x + width - POINT_WIDTH, y],
    [x + width, y + height / 2],
    [x + width - POINT_WIDTH, y + height],
    [x + POINT_WIDTH, y + height],
    [x, y + height / 2],
  ];
  return points.map((point) => point.map(round).join(',')).join(' ');
}

function lineElement({ points, hasArrow, isDashed }: Line): string {
  const path = points.map(({ x, y }) => `${round(x)} ${round(y)}`).join(' ');
  return `<path class="line${isDashed ? ' dashed' : ''}" d="M${path}"${hasArrow ? ' marker-end="url(#tip)"' : ''}/>`;
}

function labelElement({ x, y, text }: Label): string {
  return `<text class="label" x="${round(x)}" y="${round(y)}">${escaped(text)}</text>`;
}

function place(x: number, y: number, width: number, height: number): string {
  return `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** XML has no control characters but tab and line breaks, quoted or not. */
function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
