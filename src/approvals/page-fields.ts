// The fields of an approval's page as HTML: each with its label, its help and its fault beside it.
import type { FieldKind, FormField } from './fields.ts';
import type { FormFault } from './form-faults.ts';
import { html, type Html, type HtmlPart } from './html.ts';
import { FIELD_PREFIX } from './posted-form.ts';

/** A field where it stands on the page. */
export interface PlacedField {
  field: FormField;
  /** Of its input, unique on the page. */
  id: string;
  /** What is shown in it: what was typed, else what the form begins with. */
  texts: string[];
  fault: FormFault | undefined;
}

const INPUT_TYPES: Partial<Record<FieldKind, string>> = {
  email: 'email',
  url: 'url',
  date: 'date',
  'date-time': 'datetime-local',
  time: 'time',
};

/** One field. */
export function fieldHtml(placed: PlacedField): Html {
  const { field, id, fault } = placed;
  if (field.kind === 'switch' || field.kind === 'consent') return tickHtml(placed);
  if (field.kind === 'choices') return choicesHtml(placed);
  return html`<div class="field">
    <label for="${id}">${field.label}${optionalHtml(field)}</label>
    ${inputHtml(placed)}${notesHtml(id, field.help ?? helpOf(field.kind), fault)}
  </div>`;
}

/** What stands below a field: its help, and what is wrong. */
export function notesHtml(id: string, help: string | undefined, fault: FormFault | undefined): Html {
  return html`${help !== undefined && html`<p class="help" id="${id}-help">${help}</p>`}${
    fault !== undefined && html`<p class="fault" id="${id}-fault">${fault.message}</p>`
  }`;
}

/** Connects an input with what stands below it. */
export function describedBy(id: string, help: string | undefined, fault: FormFault | undefined): Html {
  const ids = [help === undefined ? '' : `${id}-help`, fault === undefined ? '' : `${id}-fault`].join(' ').trim();
  return html`${ids !== '' && html` aria-describedby="${ids}"`}${fault !== undefined && html` aria-invalid="true"`}`;
}

function inputHtml({ field, id, texts, fault }: PlacedField): Html {
  const { kind } = field;
  const [text = ''] = texts;
  const described = describedBy(id, field.help ?? helpOf(kind), fault);
  const common = html` id="${id}" name="${FIELD_PREFIX + field.name}"${field.required && html` required`}${described}`;
  if (kind === 'choice') {
    return html`<select ${common}>
      <option value="">Choose…</option>
      ${field.options.map((option) => optionHtml(option, text))}
    </select>`;
  }
  if (kind === 'lines' || kind === 'json') {
    // A line feed right after the tag is the parser's.
    return html`<textarea ${common}${kind === 'json' && html` class="code" spellcheck="false"`}${charactersMax(field)}>
${text}</textarea>`;
  }
  if (kind === 'number' || kind === 'integer') {
    const mode = kind === 'integer' ? 'numeric' : 'decimal';
    return html`<input type="text" inputmode="${mode}" autocomplete="off" value="${text}" ${common} />`;
  }
  const shown = kind === 'date-time' || kind === 'time' ? text.replace(/Z$/, '') : text;
  return html`<input type="${INPUT_TYPES[kind] ?? 'text'}" value="${shown}" ${common}${charactersMax(field)} />`;
}

function optionHtml({ value, label }: FormField['options'][number], chosen: string): Html {
  return html`<option value="${value}" ${value === chosen && html` selected`}>${label}</option>`;
}

function tickHtml({ field, id, texts, fault }: PlacedField): Html {
  const ticked = texts.length > 0 && texts[0] !== 'false';
  const required = field.kind === 'consent' && field.required;
  return html`<div class="field">
    <label class="tick main"
      ><input
        type="checkbox"
        id="${id}"
        name="${FIELD_PREFIX + field.name}"
        value="true"
        ${ticked && html` checked`}${required && html` required`}${describedBy(id, field.help, fault)}
      /><span>${field.label}</span></label
    >${notesHtml(id, field.help, fault)}
  </div>`;
}

function choicesHtml({ field, id, texts, fault }: PlacedField): Html {
  const ticks: HtmlPart[] = field.options.map(
    ({ value, label }, index) =>
      html`<label class="tick"
        ><input
          type="checkbox"
          ${index === 0 && html` id="${id}"`}
          name="${FIELD_PREFIX + field.name}"
          value="${value}"
          ${texts.includes(value) && html` checked`}
        /><span>${label}</span></label
      >`,
  );
  return html`<fieldset${describedBy(id, field.help, fault)}>
    <legend>${field.label}${optionalHtml(field)}</legend>
    ${ticks}${notesHtml(id, field.help, fault)}
  </fieldset>`;
}

function optionalHtml({ required }: FormField): Html {
  return html`${!required && html` <span class="optional">(optional)</span>`}`;
}

function charactersMax(field: FormField): Html {
  return html`${field.charactersMax !== undefined && html` maxlength="${field.charactersMax}"`}`;
}

function helpOf(kind: FieldKind): string | undefined {
  if (kind === 'json') return 'As JSON.';
  return kind === 'date-time' || kind === 'time' ? 'In UTC.' : undefined;
}
