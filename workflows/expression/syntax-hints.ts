// What authors meant when they wrote words and signs of other languages. Only text; decides nothing.

/** Hints for words at or just before the place where acorn stopped. */
const WORD_HINTS: ReadonlyMap<string, string> = new Map([
  ['and', 'write `&&` for and'],
  ['or', 'write `||` for or'],
  ['not', 'write `!` for not'],
  ['is', 'write `===` to compare'],
  ['eq', 'write `===` to compare'],
  ['ne', 'write `!==` to compare'],
  ['gt', 'write `>` to compare'],
  ['lt', 'write `<` to compare'],
  ['contains', 'write `text.includes("part")` or `list.includes(item)`'],
  ['includes', 'write `text.includes("part")` or `list.includes(item)`'],
  ['matches', 'write `text.matches(value, "pattern")`'],
  ['startsWith', 'write `text.startsWith("start")`'],
  ['then', 'write `condition ? one : other`'],
  ['if', 'write `condition ? one : other`'],
  ['else', 'write `condition ? one : other`'],
  ['elif', 'write `condition ? one : other`'],
  ['for', 'write `list.map(item => …)` or use a `foreach` step'],
  ['in', 'write `list.includes(item)`, or `"key" in object` for keys'],
  ['lambda', 'write `x => …`'],
  ['function', 'write `x => …`'],
  ['return', 'an expression is its own result: leave `return` out'],
  ['let', 'nothing can be assigned in an expression: use a `set` step'],
  ['const', 'nothing can be assigned in an expression: use a `set` step'],
  ['var', 'nothing can be assigned in an expression: use a `set` step'],
  ['await', 'expressions never wait: use a step'],
  ['default', 'write `value ?? fallback`'],
  ['unless', 'write `!` for not'],
  ['typeof', 'write `typeof value === "string"`'],
]);

const SIGN_HINTS: [RegExp, string][] = [
  [/^\{\{/, 'write `${{ … }}` in a template, and nothing around an expression that stands by itself'],
  [/^\|(?!\|)/, 'there are no filters: call a function or method, or write `||` for or'],
  [/^=(?!=)/, 'write `===` to compare'],
  [/^#/, 'a `#` can stand only inside quotes'],
  [/^[“”‘’]/, 'use straight quotes: " or \''],
  [/^@/, 'write `event.body.name`, without `@`'],
  [/^;/, 'one expression, without `;`'],
  [/^:/, 'put quotes around text that holds a `:`'],
  [/^\.\./, 'write `range(from, to)` for numbers, `...list` to spread'],
  [/^->/, 'write `x => …`'],
  [/^<>/, 'write `!==` to compare'],
];

/** The hint for a syntax error at `position`, if the text there looks like another language's. */
export function hintForSyntax(text: string, position: number): string | undefined {
  const here = text.slice(position, position + 64);
  const before = text.slice(Math.max(0, position - 64), position);
  const word = /^[A-Za-z]+/.exec(here)?.[0];
  const previous = /([A-Za-z]+)\s*$/.exec(before)?.[1];
  for (const candidate of [word, previous]) {
    const hint = candidate === undefined ? undefined : WORD_HINTS.get(candidate);
    if (hint !== undefined) return hint;
  }
  if (/^\*?\./.test(here) && /\.\*?$/.test(before))
    return 'write `list.map(item => item.name)` for a field of every item';
  // acorn reads `<` as an operator, and stops behind it.
  if (here.startsWith('>') && before.endsWith('<')) return 'write `!==` to compare';
  for (const [pattern, hint] of SIGN_HINTS) {
    if (pattern.test(here)) return hint;
  }
  // At the very beginning only: behind it, another expression of the text may be the wrong one.
  const braces = /^\s*\$?\{\{\s*/.exec(text)?.[0].length ?? -1;
  return text.trimStart().startsWith('{{') && position <= braces + 1 ? SIGN_HINTS[0]![1] : undefined;
}
