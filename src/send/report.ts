// What `hookline send` prints of one delivery: the answer, the events and their flows, and what to do next.
import { cut, printable, printableLines } from '../commands/printing.ts';
import type { Answer } from './post.ts';
import type { Arrival } from './arrival.ts';

/** What an answer means, and what to do. */
const MEANINGS: Record<number, string> = {
  400: 'It was taken for malformed: the body is not what its content type says (--content-type), or the source here is not the one that runs.',
  401: 'Its proof was refused: the Hookline that answered has another secret, provider or public URL for this source than the flows and settings here. See `hookline deliveries rejected`, or restart it after a change of the environment.',
  403: "The sender's address is not among `ip_allow` of the source.",
  404: 'The Hookline that answered has no such source: it uses other flows (HOOKLINE_FLOWS), or --url is another one.',
  405: 'The source does not take this method: see its `methods`.',
  410: 'The source is retired there.',
  413: 'The body is larger than `body_bytes_max` of the source, or carries too many events.',
  415: 'The source does not take this content type: give the right one with --content-type.',
  422: 'The body does not follow the `schema` of the source: the answer says where.',
  429: 'More came than `rate` of the source takes: wait, then send again.',
  503: 'It cannot take deliveries now (the source or its flow has errors, the disk is full, or it stops). `hookline validate` shows errors of the flows.',
};
const NOT_HOOKLINE = 'That is not the answer of a source: is it Hookline that answers there?';
const BODY_CHARACTERS_MAX = 2_000;

/** Whether the receiver refused it. Where a flow answers itself (`respond: result`), its statuses are no refusals; ours have an error's code. */
export function isRefusal({ status, body }: Answer, flowAnswers: boolean): boolean {
  if (status < 300) return false;
  return !flowAnswers || errorCode(body) !== undefined;
}

/** The answer's lines: its status and body and, of a refusal, what it means. */
export function answerText(answer: Answer, flowAnswers: boolean): string {
  const { status, body } = answer;
  const shown = printableLines(cut(body.trimEnd(), BODY_CHARACTERS_MAX));
  const lines = [`${status}${shown === '' ? '' : ` ${shown}`}`];
  if (isRefusal(answer, flowAnswers)) lines.push(MEANINGS[status] ?? NOT_HOOKLINE);
  return lines.join('\n');
}

function errorCode(body: string): unknown {
  try {
    return (JSON.parse(body) as { error?: { code?: unknown } } | null)?.error?.code;
  } catch {
    return undefined;
  }
}

/** The events' lines. */
export function arrivalText({ known, repeated, events }: Arrival): string {
  const lines = events.flatMap(({ id, type, flows, why }) => [
    `  event  ${printable(`${id ?? '(its id is not known here)'}  ${type}`)}`,
    flows.length > 0
      ? `  flows  ${flows.join(', ')}${known ? '' : ' (by the flows here)'}`
      : `  flows  none: ${printable(why ?? '')}`,
  ]);
  if (repeated) lines.push('  This delivery came before: it started nothing new.');
  return lines.join('\n');
}
