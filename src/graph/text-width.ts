// How wide a text is, without a font: an estimate on the wide side, so that texts stay inside their boxes.

export const FONT_SIZE = 12;
export const LINE_HEIGHT = 16;

/** Widths in pixels at 12 pixels, for what most sans-serif fonts do. */
const NARROW_WIDTH = 4.2;
const USUAL_WIDTH = 6.9;
const CAPITAL_WIDTH = 8.6;
const WIDE_WIDTH = 13;

/** The width of a line, in pixels. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return Math.ceil(width);
}

function widthOf(character: string): number {
  if ((character.codePointAt(0) ?? 0) >= 0x1100) return WIDE_WIDTH;
  if (/[ijl.,:;!'|()[\] ]/.test(character)) return NARROW_WIDTH;
  return /[A-Z@%&mw…]/.test(character) ? CAPITAL_WIDTH : USUAL_WIDTH;
}
