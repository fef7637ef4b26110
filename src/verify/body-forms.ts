// What happens to bodies on their way: re-serialised, re-encoded, unpacked, cut. Each form undoes one of these.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { jsonForms } from './json-forms.ts';
import { withBody, type Form, type Question } from './question.ts';

/** What a packed body may become; beyond it the form is not tried. */
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;
/** Above this size only the plain forms are tried: hundreds of copies of a large body would take minutes. */
const JSON_FORMS_BYTES_MAX = 2 * 1024 * 1024;

const RAW =
  'Keep the raw bytes of the request, as they came from the socket, and verify (and store, and forward) exactly those.';

interface BodyChange {
  what: string;
  fix: string;
  /** The other bytes, or undefined where the change does not apply. */
  change(body: Buffer, question: Question): Buffer | string | undefined;
}

const CHANGES: readonly BodyChange[] = [
  {
    what: 'unpacked: the body is compressed, and the signature is over what it unpacks to',
    fix: 'Set `decompress: true` in the source, or unpack the body before verifying.',
    change: (body) => unpacked(body),
  },
  {
    what: 'cut to its content-length: there are more bytes here than were sent',
    fix: `Something added bytes at the end (an editor adds a newline). ${RAW}`,
    change(body, { request }) {
      const length = Number(request.headers['content-length']);
      return Number.isInteger(length) && length >= 0 && length < body.length ? body.subarray(0, length) : undefined;
    },
  },
  {
    what: 'without the newline at its end',
    fix: `An editor or \`echo\` added it: write the body with \`printf %s\` or save it from the socket. ${RAW}`,
    change: (body) => body.toString('latin1').replace(/\r?\n$/, ''),
  },
  {
    what: 'without white space around it',
    fix: `Something added white space. ${RAW}`,
    change: (body) => body.toString('latin1').trim(),
  },
  {
    what: 'with a newline at its end',
    fix: `Something trimmed the body before it got here. ${RAW}`,
    change: (body) => `${body.toString('latin1')}\n`,
  },
  {
    what: 'with a CRLF at its end',
    fix: `Something trimmed the body before it got here. ${RAW}`,
    change: (body) => `${body.toString('latin1')}\r\n`,
  },
  {
    what: 'with LF line ends instead of CRLF',
    fix: `Something (an editor, git, Windows) made LF into CRLF. ${RAW}`,
    change: (body) => body.toString('latin1').replaceAll('\r\n', '\n'),
  },
  {
    what: 'with LF line ends instead of CRLF, without the newline at its end',
    fix: `Something (an editor, git, Windows) changed line ends. ${RAW}`,
    change: (body) => body.toString('latin1').replaceAll('\r\n', '\n').replace(/\n$/, ''),
  },
  {
    what: 'with CRLF line ends instead of LF',
    fix: `Something (an editor, git) made CRLF into LF. ${RAW}`,
    change: (body) => body.toString('latin1').replace(/\r?\n/g, '\r\n'),
  },
  {
    what: 'without the byte order mark at its start',
    fix: `An editor added the mark (save as "UTF-8 without BOM"). ${RAW}`,
    change: (body) => body.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''),
  },
  {
    what: 'decoded from base64: what is here is the base64 form of the body',
    fix: 'API gateways hand bodies over as base64 (`isBase64Encoded`): decode before verifying.',
    change(body) {
      const text = body.toString('latin1').trim();
      return text !== '' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
    },
  },
  {
    what: 'unquoted: what is here is the body as a JSON string',
    fix: `A log or a queue wrote the body as a JSON string. ${RAW}`,
    change(body) {
      const value = jsonOf(body);
      return typeof value === 'string' ? Buffer.from(value) : undefined;
    },
  },
  {
    what: 'with its letters read as UTF-8 once: they were encoded twice',
    fix: `Something read the UTF-8 body as Latin-1 and wrote it as UTF-8 again. ${RAW}`,
    change: (body) => body.toString('utf8'),
  },
  {
    what: 'with its letters written as UTF-8: they are Latin-1 here',
    fix: `Something wrote the body in Latin-1. ${RAW}`,
    change: (body) => Buffer.from(body.toString('latin1'), 'utf8'),
  },
  {
    what: 'empty',
    fix: 'The sender signed no body: it sent a GET or lost the body (a redirect turns a POST into a GET).',
    change: () => '',
  },
];

/** Forms of the body of this question that differ from it, the likeliest first. */
export function* bodyForms(question: Question): Generator<Form> {
  for (const { what, fix, change } of CHANGES) {
    yield bodyForm(`the body ${what}`, fix, (asked) => bytesOf(change(asked.request.body, asked)));
  }
  if (question.request.body.length > JSON_FORMS_BYTES_MAX) return;
  const text = question.request.body.toString('utf8').replace(/^\ufeff/, '');
  const reserialised = `Something parsed the body and wrote it again (a framework's JSON parser, a proxy, a log viewer). ${RAW}`;
  for (const form of jsonForms(text))
    yield bodyForm(`the body ${form.name}`, reserialised, () => Buffer.from(form.text));
  yield* formForms(question, text);
}

/** Forms of bodies that are forms, and of those that were one. */
function* formForms({ provider }: Question, text: string): Generator<Form> {
  const field = provider.jsonFormField;
  if (field !== undefined) {
    const wrapped = new URLSearchParams({ [field]: text.trim() }).toString();
    const fix = `The sender sends a form whose field \`${field}\` holds the JSON; what is here is only the field. ${RAW}`;
    yield bodyForm(`the body as a form with the JSON in \`${field}\``, fix, () => Buffer.from(wrapped));
  }
  if (!/^[^\s{["]+=/.test(text)) return;
  const fix = `Something parsed the form and wrote it again. ${RAW}`;
  yield bodyForm('the form with spaces as %20', fix, () => Buffer.from(text.replaceAll('+', '%20')));
  yield bodyForm('the form with spaces as +', fix, () => Buffer.from(text.replaceAll('%20', '+')));
  yield bodyForm('the form with upper-case escapes', fix, () => Buffer.from(escapesIn(text, 'upper')));
  yield bodyForm('the form with lower-case escapes', fix, () => Buffer.from(escapesIn(text, 'lower')));
  yield bodyForm('the form as browsers write it', fix, () => Buffer.from(new URLSearchParams(text).toString()));
}

function bodyForm(what: string, fix: string, bytes: (question: Question) => Buffer | undefined): Form {
  return {
    kind: 'body',
    what,
    fix,
    apply(question) {
      const changed = bytes(question);
      return changed === undefined || changed.equals(question.request.body) ? undefined : withBody(question, changed);
    },
  };
}

/** Texts of changes are Latin-1: one character a byte. */
function bytesOf(changed: Buffer | string | undefined): Buffer | undefined {
  return typeof changed === 'string' ? Buffer.from(changed, 'latin1') : changed;
}

function escapesIn(text: string, letters: 'upper' | 'lower'): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) =>
    letters === 'upper' ? escape.toUpperCase() : escape.toLowerCase(),
  );
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The body unpacked, whatever `content-encoding` says; undefined when it is not packed. */
export function unpacked(body: Buffer): Buffer | undefined {
  for (const unpack of [gunzipSync, inflateSync, brotliDecompressSync]) {
    try {
      return unpack(body, { maxOutputLength: UNPACKED_BYTES_MAX });
    } catch {
      continue; // Packed in another way, or not at all.
    }
  }
  return undefined;
}
