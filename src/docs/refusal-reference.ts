// The table of docs/errors.md that says why requests are refused, from the reasons that the receiver and the commands use. Text only.
import { refusalReasons } from '../server/reasons.ts';

/** Markdown: a row a reason, each with an anchor of its own. */
export function refusalReference(): string {
  const rows = [...refusalReasons()].map(
    ([reason, { sentence, remedy }]) =>
      `| <a id="refused-${reason}"></a>\`${reason}\` | ${inCell(sentence)} | ${inCell(remedy)} |`,
  );
  return ['| reason | what it means | what to do |', '| --- | --- | --- |', ...rows].join('\n');
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
