// The drawing: boxes do not touch, lines pass them by, texts fit, the file is XML, and both themes can be read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Block, Shape } from '../../src/graph/block.ts';
import type { Chart } from '../../src/graph/chart.ts';
import { flowChart } from '../../src/graph/flow-chart.ts';
import { layout } from '../../src/graph/layout.ts';
import { svg } from '../../src/graph/svg.ts';
import { textWidth } from '../../src/graph/text-width.ts';
import { anyChart, exampleFlows, verbFlows } from './charts.ts';

const RUNS = 60;
const ROUNDING = 0.5;

interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const areaOf = ({ x, y, width, height }: Shape): Area => ({ left: x, top: y, right: x + width, bottom: y + height });
const overlap = (one: Area, other: Area) =>
  one.left < other.right - ROUNDING &&
  other.left < one.right - ROUNDING &&
  one.top < other.bottom - ROUNDING &&
  other.top < one.bottom - ROUNDING;
const isInside = (inner: Area, outer: Area) =>
  inner.left >= outer.left && inner.top >= outer.top && inner.right <= outer.right && inner.bottom <= outer.bottom;

function checkDrawing(drawing: Block): void {
  const boxes = drawing.shapes.filter(({ kind }) => kind !== 'frame').map(areaOf);
  const frames = drawing.shapes.filter(({ kind }) => kind === 'frame').map(areaOf);
  const page: Area = { left: 0, top: 0, right: drawing.width, bottom: drawing.height };
  for (const [index, box] of boxes.entries()) {
    assert.ok(isInside(box, page), 'a box stands outside the page');
    for (const other of boxes.slice(index + 1)) assert.ok(!overlap(box, other), 'two boxes overlap');
    for (const frame of frames) assert.ok(isInside(box, frame) || !overlap(box, frame), 'a frame cuts a box');
  }
  for (const [index, frame] of frames.entries()) {
    for (const other of frames.slice(index + 1))
      assert.ok(isInside(frame, other) || isInside(other, frame) || !overlap(frame, other), 'two frames overlap');
  }
  for (const { points } of drawing.lines) {
    for (const [index, to] of points.entries()) {
      const from = points[index - 1];
      if (from === undefined) continue;
      assert.ok(
        Math.abs(from.x - to.x) < ROUNDING || Math.abs(from.y - to.y) < ROUNDING,
        'a line is neither level nor upright',
      );
      const stretch = {
        left: Math.min(from.x, to.x),
        right: Math.max(from.x, to.x),
        top: Math.min(from.y, to.y),
        bottom: Math.max(from.y, to.y),
      };
      const thick = {
        left: stretch.left - 1,
        right: stretch.right + 1,
        top: stretch.top - 1,
        bottom: stretch.bottom + 1,
      };
      for (const box of boxes) {
        const core = { left: box.left + 3, right: box.right - 3, top: box.top + 3, bottom: box.bottom - 3 };
        assert.ok(!overlap(thick, core), 'a line runs through a box');
      }
    }
  }
  for (const { x, width, box } of drawing.shapes)
    for (const line of box?.lines ?? []) assert.ok(textWidth(line) <= width && x >= 0, line);
}

/** Checks that a text is well-formed XML of the kind that we write: elements, attributes in double quotes, text. */
function checkXml(text: string): void {
  const open: string[] = [];
  const token = /<(\/?)([a-zA-Z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(text);
    assert.ok(found !== null, `no XML at ${JSON.stringify(text.slice(at, at + 60))}`);
    const [, closing, name, attributes = '', empty, content = ''] = found;
    assert.doesNotMatch(attributes + content, /&(?!(?:amp|lt|gt|quot|#39);)/);
    assert.doesNotMatch(attributes + content, /(?![\t\n\r])[\p{Cc}\p{Cs}]/u);
    if (name === undefined) continue;
    if (closing === '/') assert.equal(open.pop(), name);
    else if (empty !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
}

function check(chart: Chart): void {
  checkDrawing(layout(chart));
  checkXml(svg(chart));
}

test('every example and every verb is drawn without overlaps, as XML', async () => {
  for (const { definition, triggers } of await exampleFlows()) check(flowChart(definition, triggers));
  for (const flow of verbFlows().values()) check(flowChart(flow, []));
});

test('so is whatever else steps can be', () => {
  fc.assert(fc.property(anyChart, check), { numRuns: RUNS });
});

/** Relative luminance of `#rrggbb` (WCAG 2.2, definition of relative luminance). */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((left, right) => left - right);
  return (light! + 0.05) / (dark! + 0.05);
}

test('texts have the contrast that WCAG asks for, in the light theme and in the dark one', () => {
  const text = svg(flowChart([...verbFlows().values()][0]!, []));
  const [light, dark] = text
    .split('@media (prefers-color-scheme: dark)')
    .map((part) => new Map([...part.matchAll(/--([a-z]+): (#[0-9a-f]{6})/g)].map((found) => [found[1]!, found[2]!])));
  assert.ok(light !== undefined && dark !== undefined);
  assert.deepEqual([...dark.keys()], [...light.keys()]);
  for (const theme of [light, dark]) {
    const tones = ['page', 'start', 'call', 'wait', 'data', 'choice', 'end', 'failure'];
    for (const tone of tones) {
      assert.ok(contrast(theme.get('ink')!, theme.get(tone)!) >= 4.5, `ink on ${tone}`);
      assert.ok(contrast(theme.get('soft')!, theme.get(tone)!) >= 4.5, `soft on ${tone}`);
    }
    assert.ok(contrast(theme.get('line')!, theme.get('page')!) >= 3);
  }
});
