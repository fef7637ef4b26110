// The page of an approval: what is asked, the form, or what became of it. It works without scripts and shows nothing but this.
import type { StandingDecision } from '../../workflows/decision.ts';
import { formFields } from './fields.ts';
import type { FormFault } from './form-faults.ts';
import { html, type Html, type HtmlPart } from './html.ts';
import type { SeenApproval } from './look.ts';
import { describedBy, fieldHtml, notesHtml, type PlacedField } from './page-fields.ts';
import { style } from './page-style.ts';
import { COMMENT_CHARACTERS_MAX, NAME_CHARACTERS_MAX } from './posted-decision.ts';
import { FIELD_PREFIX } from './posted-form.ts';

/** What was typed into a form that could not be taken, and why. */
export interface Attempt {
  posted: URLSearchParams;
  /** `by` and `comment` are the page's own fields; the others have the prefix of the form's. */
  faults: FormFault[];
}

/** What a link chose; its button comes first. */
export type Chosen = 'approved' | 'rejected';

/** Longer titles are cut. */
const TITLE_CHARACTERS_MAX = 2_000;

/** The page on which people decide. */
export function askPage(approval: SeenApproval, chosen: Chosen, attempt?: Attempt): string {
  const fields = placedFields(approval, attempt);
  const early =
    approval.state === 'early' &&
    html`<div class="box">
      <p>The run has not come to this step yet. You can decide now: it takes your decision when it gets there.</p>
    </div>`;
  const body = html`${early}${faultsHtml(fields, attempt)}
    <form method="post" accept-charset="utf-8">
      ${fields.map(fieldHtml)}${nameHtml(approval.who, attempt)}${commentHtml(attempt)}
      <div class="buttons">${buttonsHtml(chosen)}</div>
    </form>`;
  return page(titleOf(approval), approval, body);
}

/** The page of an approval that was decided, or that nobody can decide any more. `late`: somebody tried to just now. */
export function endPage(approval: SeenApproval, late = false): string {
  return page(titleOf(approval), approval, html`${late && lateHtml}${endHtml(approval)}`);
}

const lateHtml = html`<div class="box">
  <p><strong>Your answer was not counted.</strong> This was decided before it came.</p>
</div>`;

/** A page without an approval: for links that lead nowhere. */
export function plainPage(title: string, text: string): string {
  return documentOf(
    title,
    html`<h1>${title}</h1>
      <p>${text}</p>`,
  );
}

function page(title: string, approval: SeenApproval, body: Html): string {
  const facts: [string, HtmlPart][] = [];
  if (approval.who.length > 0) facts.push(['For', approval.who.join(', ')]);
  if (approval.expiresAt !== null && (approval.state === 'open' || approval.state === 'early'))
    facts.push(['Decide by', timeHtml(new Date(approval.expiresAt).toISOString())]);
  const list = html`<dl>
    ${facts.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
  return documentOf(
    title,
    html`<p class="kind">Approval · ${approval.flow}</p>
      <h1>${title}</h1>
      ${facts.length > 0 && list}${body}`,
    html`<footer>${approval.place.workflowId}</footer>`,
  );
}

function documentOf(title: string, body: Html, footer?: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <main>${body}</main>
        ${footer}
      </body>
    </html> `.markup;
}

function titleOf({ title }: SeenApproval): string {
  return title.length <= TITLE_CHARACTERS_MAX ? title : `${title.slice(0, TITLE_CHARACTERS_MAX)}…`;
}

function placedFields({ form }: SeenApproval, attempt: Attempt | undefined): PlacedField[] {
  return formFields(form ?? {}).map((field, index) => {
    const name = FIELD_PREFIX + field.name;
    return {
      field,
      id: `field-${index}`,
      texts: attempt === undefined ? field.initial : attempt.posted.getAll(name),
      fault: attempt?.faults.find((fault) => fault.field === name),
    };
  });
}

/** All faults first, for who cannot see the page at once; those of a field with a way to it. */
function faultsHtml(fields: PlacedField[], attempt: Attempt | undefined): HtmlPart {
  if (attempt === undefined) return undefined;
  const known = new Map(fields.map(({ id, field }) => [FIELD_PREFIX + field.name, { id, label: field.label }]));
  known.set('by', { id: 'by', label: 'Your name' }).set('comment', { id: 'comment', label: 'Comment' });
  const items = attempt.faults.map(({ field, message }) => {
    const at = known.get(field);
    if (at === undefined)
      return html`<li>${field === FIELD_PREFIX ? '' : `${field.slice(FIELD_PREFIX.length)}: `}${message}</li>`;
    return html`<li><a href="#${at.id}">${at.label}</a>: ${message}</li>`;
  });
  return html`<div class="box no" role="alert">
    <p><strong>Nothing was decided yet. Please look at this again:</strong></p>
    <ul>
      ${items}
    </ul>
  </div>`;
}

function nameHtml(who: string[], attempt: Attempt | undefined): Html {
  const fault = attempt?.faults.find(({ field }) => field === 'by');
  const typed = attempt?.posted.get('by') ?? undefined;
  const text = html`<input
    type="text"
    name="${who.length > 0 ? 'by_other' : 'by'}"
    id="${who.length > 0 ? 'by-other' : 'by'}"
    maxlength="${NAME_CHARACTERS_MAX}"
    autocomplete="name"
    value="${(who.length > 0 ? attempt?.posted.get('by_other') : typed) ?? ''}"
    ${who.length === 0 && html` required${describedBy('by', undefined, fault)}`}${
      who.length > 0 && html` aria-label="Another name"`
    }
  />`;
  if (who.length === 0) {
    return html`<div class="field"><label for="by">Your name</label>${text}${notesHtml('by', undefined, fault)}</div>`;
  }
  const chosen = typed ?? (who.length === 1 ? who[0] : undefined);
  const names = [...who.map((name) => ({ value: name, label: name })), { value: '', label: 'Somebody else:' }];
  return html`<fieldset${describedBy('by', undefined, fault)}>
    <legend>Your name</legend>
    ${names.map(
      ({ value, label }, index) =>
        html`<label class="tick"
          ><input
            type="radio"
            name="by"
            value="${value}"
            ${index === 0 && html` id="by"`}${value === chosen && html` checked`}
          /><span>${label}</span></label
        >`,
    )}${text}${notesHtml('by', undefined, fault)}
  </fieldset>`;
}

function commentHtml(attempt: Attempt | undefined): Html {
  const fault = attempt?.faults.find(({ field }) => field === 'comment');
  return html`<div class="field">
    <label for="comment">Comment <span class="optional">(optional)</span></label>
    <textarea
      id="comment"
      name="comment"
      maxlength="${COMMENT_CHARACTERS_MAX}"
      ${describedBy('comment', undefined, fault)}
    >
${attempt?.posted.get('comment') ?? ''}</textarea>
    ${notesHtml('comment', undefined, fault)}
  </div>`;
}

/** The first button is the one that Enter presses. A rejection need not fill the form in. */
function buttonsHtml(chosen: Chosen): Html[] {
  const approve = (first: boolean): Html =>
    html`<button class="yes${first && ' first'}" name="decision" value="approved">Approve</button>`;
  const reject = (first: boolean): Html =>
    html`<button class="no${first && ' first'}" name="decision" value="rejected" formnovalidate>Reject</button>`;
  return chosen === 'rejected' ? [reject(true), approve(false)] : [approve(true), reject(false)];
}

function endHtml({ state, decision }: SeenApproval): Html {
  if (state === 'over') return noteHtml('This is over', 'The run that asked has ended.');
  if (decision === null || decision.decision === 'closed')
    return noteHtml(
      'This is closed',
      'Nobody decided in time, or the run was cancelled. There is nothing to do any more.',
    );
  return decidedHtml(decision);
}

function noteHtml(title: string, text: string): Html {
  return html`<div class="box">
    <p><strong>${title}</strong> ${text}</p>
  </div>`;
}

function decidedHtml({ decision, by, at, comment }: StandingDecision): Html {
  const approved = decision === 'approved';
  return html`<div class="box ${approved ? 'yes' : 'no'}" role="status">
      <p><strong>${approved ? '✓ Approved' : '✗ Rejected'}</strong>${by !== null && html`by ${by}, `}${timeHtml(at)}</p>
    </div>
    ${
      comment !== null &&
      html`<dl>
        <dt>Comment</dt>
        <dd>${comment}</dd>
      </dl>`
    }`;
}

/** `15 January 2026, 12:00 UTC`. */
function timeHtml(iso: string): Html {
  const text = new Date(iso).toLocaleString('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  });
  return html`<time datetime="${iso}">${text.replace(' at ', ', ')} UTC</time>`;
}
