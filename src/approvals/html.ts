// HTML that cannot be broken out of: whatever stands in a template is escaped, unless it was made by this file. No other way exists.

/** Markup that was made here. */
export interface Html {
  readonly markup: string;
}

/** What may stand in a template. Nothing is written for undefined and false. */
export type HtmlPart = string | number | Html | undefined | false | HtmlPart[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** What no text of a page needs: controls but tab and line feed, and what turns the direction of what follows. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Makes markup; values stand in text or in attributes in double quotes, never in names, scripts or styles. */
export function html(strings: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  return { markup: strings.reduce((markup, string, index) => markup + markupOf(parts[index - 1]) + string) };
}

function markupOf(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(markupOf).join('');
  if (typeof part === 'object') return part.markup;
  return String(part)
    .replace(UNSEEN, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
