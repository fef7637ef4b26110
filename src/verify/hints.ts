// What to look at when nothing that was tried verifies: facts about this request, each with what to do. None is certain.
import { isCredential } from './mask.ts';
import { headerPairs, headersRead, judge, signsUrl, type Cause, type Judged, type Question } from './question.ts';

const SIGNATURE_NAME = /signature|hmac|digest|hash|token|auth|webhook-id|api-key/;

/** Kinds of signatures by their length in bytes. */
const KINDS: Record<number, string> = { 20: 'SHA-1', 32: 'SHA-256', 48: 'SHA-384', 64: 'SHA-512 or Ed25519' };

/** Facts that may explain it, the likeliest first. */
export function hints(question: Question, judged: Judged): Cause[] {
  if (judged.verdict.ok) return [];
  const { reason } = judged.verdict;
  const missing = /_(missing|malformed)$/.test(reason);
  const mismatch = reason.endsWith('_mismatch');
  return [
    ...(missing ? missingHeader(question) : []),
    ...(missing || mismatch ? otherShape(judged) : []),
    ...unusableSecrets(question),
    ...(reason === 'signature_mismatch' || reason === 'body_hash_mismatch'
      ? [...signedUrl(question), ...bodyFacts(question)]
      : []),
    ...(mismatch ? [...whichSecret(question, judged)] : []),
  ];
}

/** Which headers the provider looked for, and which there are that look like a signature. */
function missingHeader(question: Question): Cause[] {
  const { headers } = question.request;
  const absent = headersRead(question).filter((name) => headers[name] === undefined);
  if (absent.length === 0) return [];
  const there = Object.keys(headers).filter((name) => SIGNATURE_NAME.test(name));
  const what = `there is no header ${absent.map(quoted).join(' or ')}`;
  const similar =
    there.length === 0
      ? 'The request carries nothing that looks like a signature.'
      : `There is ${there.map(quoted).join(', ')}.`;
  const fix = `${similar} Names of headers may be in any case, but must be whole; was the header lost on its way or when the request was saved?`;
  return [{ kind: 'header', certain: false, what, fix }];
}

/** The signature that came is of another kind than the one that was computed. */
function otherShape({ trace }: Judged): Cause[] {
  const computed = trace.computed?.[0] === undefined ? undefined : shapeOf(trace.computed[0]);
  const given = trace.given?.map(shapeOf).find((shape) => shape !== undefined);
  if (given === undefined || computed === given) return [];
  const what = `the signature that came is ${given}${computed === undefined ? '' : `; this scheme's is ${computed}`}`;
  return [
    {
      kind: 'header',
      certain: false,
      what,
      fix: 'Look whether this is the right provider, and the right version of its scheme.',
    },
  ];
}

/** What a signature looks like: `a SHA-256 in hex`. */
function shapeOf(proof: string): string | undefined {
  const text =
    proof
      .split(/[\s,]/)
      .map((item) => item.replace(/^[A-Za-z0-9]{1,12}=(?=.)/, ''))
      .sort((left, right) => right.length - left.length)[0] ?? '';
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return kindIn(text.length / 2, 'hex');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return kindIn(Buffer.from(text, 'base64').length, 'base64');
  return undefined;
}

function kindIn(bytes: number, encoding: string): string | undefined {
  const kind = KINDS[bytes];
  return kind === undefined ? undefined : `a ${kind} in ${encoding}`;
}

function unusableSecrets(question: Question): Cause[] {
  const unusable = question.secrets.filter((secret) => {
    const { verdict } = judge({ ...question, secrets: [secret] });
    return !verdict.ok && verdict.reason === 'secret_not_set';
  });
  if (unusable.length === 0 || unusable.length === question.secrets.length) return [];
  const names = unusable.map(({ name }) => name).join(', ');
  const what = `${names} cannot be a key of this provider and was left out`;
  return [{ kind: 'secret', certain: false, what, fix: "Copy it from the provider's console again, all of it." }];
}

function signedUrl(question: Question): Cause[] {
  if (!signsUrl(question)) return [];
  if (!question.urlGiven) {
    const what = 'the URL is signed, and none was given';
    return [
      {
        kind: 'url',
        certain: false,
        what,
        fix: "Give `--url` with the URL that stands in the provider's console, to the letter.",
      },
    ];
  }
  const what = 'the URL is signed, to the letter: scheme, host, port, path, slash at the end, query';
  return [
    {
      kind: 'url',
      certain: false,
      what,
      fix: "Compare `--url` with what stands in the provider's console; http or https and ports, hosts and slashes were tried.",
    },
  ];
}

function bodyFacts({ request }: Question): Cause[] {
  const { body, headers } = request;
  if (body.length === 0) {
    return [
      {
        kind: 'body',
        certain: false,
        what: 'there is no body',
        fix: 'Give the body of the request with `--body-file`.',
      },
    ];
  }
  const length = Number(headers['content-length']);
  if (Number.isInteger(length) && length !== body.length) {
    const what = `the body has ${body.length} bytes, and its content-length says ${length}`;
    return [
      {
        kind: 'body',
        certain: false,
        what,
        fix: 'It is not the body that was sent: something cut it or wrote it anew. Keep its raw bytes.',
      },
    ];
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const what = `the request says its body is ${encoding}, and these bytes do not unpack`;
    return [
      {
        kind: 'body',
        certain: false,
        what,
        fix: 'Some senders sign the packed bytes: keep the body as it came, before anything unpacks it.',
      },
    ];
  }
  return [];
}

/** The commonest cause of all, said last: where the secret is found. */
function whichSecret(question: Question, { trace }: Judged): Cause[] {
  const where = question.provider.setup.find((step) => step.includes('`SECRET`'));
  const found = where === undefined ? '' : ` Where it comes from: ${where}`;
  const what = isCredential(trace.computed ?? [], question.secrets)
    ? lengthsText(question, trace.given?.[0] ?? '')
    : 'other forms of the body and of the secret were tried (JSON written otherwise, line ends, encodings, quotes, white space): none verifies';
  const fix = `The likeliest cause is another secret: of another endpoint, of test instead of live, from before a rotation.${found}`;
  return [{ kind: 'secret', certain: false, what, fix }];
}

/** A key that was cut or joined with something shows by its length; nothing else of it may be shown. */
function lengthsText({ secrets }: Question, given: string): string {
  const lengths = secrets.map(({ value }) => value.length).join(' or ');
  return `what came has ${given.length} characters, the secret ${lengths}; trimmed, unquoted and decoded forms of it were tried`;
}

function quoted(name: string): string {
  return `\`${name}\``;
}

/** Names of the headers that came more than once. */
export function repeatedHeaders(question: Question): string[] {
  const names = headerPairs(question.request).map(([name]) => name.toLowerCase());
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
