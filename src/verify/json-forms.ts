// The ways in which programs write one JSON document. Numbers and keys stay as they stand: only what a serialiser decides
// (spaces, escapes, order of keys) changes. It never touches a text that is not JSON or nests too deep.
import { JSON_DEPTH_MAX, jsonDepthExceeds } from '../providers/json-depth.ts';

/** One way to write a document. */
export interface JsonForm {
  /** Half a sentence: `as compact JSON`. */
  name: string;
  text: string;
}

type Node = string | { open: '{' | '['; members: [key: string | undefined, value: Node][] };

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Layout {
  name: string;
  indent: string;
  comma: string;
  colon: string;
}

const LAYOUTS: readonly Layout[] = [
  { name: 'as compact JSON (no spaces)', indent: '', comma: ',', colon: ':' },
  { name: 'as JSON with a space after commas and colons (Python)', indent: '', comma: ', ', colon: ': ' },
  { name: 'as JSON pretty-printed with 2 spaces', indent: '  ', comma: ',', colon: ': ' },
  { name: 'as JSON pretty-printed with 4 spaces', indent: '    ', comma: ',', colon: ': ' },
  { name: 'as JSON pretty-printed with tabs', indent: '\t', comma: ',', colon: ': ' },
];

const NON_ASCII = /[\u0080-\uffff]/g;
/** What Go's encoding/json escapes unless it is told otherwise. */
const HTML = /[<>&\u2028\u2029]/g;

const unicodeEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** How texts are escaped beyond what JSON asks for. */
const ESCAPES: readonly { name: string; write(token: string): string }[] = [
  { name: '', write: (token) => token },
  {
    name: ' with non-ASCII letters as \\u escapes',
    write: (token) => token.replace(NON_ASCII, unicodeEscape),
  },
  { name: ' with / written \\/ (PHP)', write: (token) => token.replaceAll('/', '\\/') },
  {
    name: ' with non-ASCII letters as \\u escapes and / written \\/ (PHP)',
    write: (token) => token.replace(NON_ASCII, unicodeEscape).replaceAll('/', '\\/'),
  },
  {
    name: ' with <, > and & as \\u escapes (Go)',
    write: (token) => token.replace(HTML, unicodeEscape),
  },
];

/** Every form of a JSON text that differs from it, the likeliest first; none when the text is not JSON. */
export function* jsonForms(text: string): Generator<JsonForm> {
  const root = parse(text);
  if (root === undefined) return;
  const seen = new Set([text]);
  for (const order of ['', ' with its keys sorted']) {
    const ordered = order === '' ? root : sorted(root);
    for (const escape of ESCAPES) {
      for (const layout of LAYOUTS) {
        const written = write(ordered, layout, escape.write, '');
        for (const [ending, tail] of [
          ['', ''],
          [' and a newline at the end', '\n'],
        ]) {
          const form = { name: `${layout.name}${escape.name}${order}${ending!}`, text: written + tail! };
          if (seen.has(form.text)) continue;
          seen.add(form.text);
          yield form;
        }
      }
    }
  }
}

function parse(text: string): Node | undefined {
  const bytes = Buffer.from(text);
  if (jsonDepthExceeds(bytes, JSON_DEPTH_MAX)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const tokens = text.match(TOKENS) ?? [];
  let at = 0;
  const read = (): Node => {
    const token = tokens[at]!;
    at += 1;
    if (token !== '{' && token !== '[') return plain(token);
    const members: [string | undefined, Node][] = [];
    while (tokens[at] !== '}' && tokens[at] !== ']') {
      if (tokens[at] === ',') at += 1;
      let key: string | undefined;
      if (token === '{') {
        key = plain(tokens[at]!);
        at += 2; // The key and its colon.
      }
      members.push([key, read()]);
    }
    at += 1;
    return { open: token, members };
  };
  return read();
}

/** A text with only the escapes that JSON asks for; other tokens as they stand. */
function plain(token: string): string {
  return token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token;
}

function sorted(node: Node): Node {
  if (typeof node === 'string') return node;
  const members = node.members.map(([key, value]): [string | undefined, Node] => [key, sorted(value)]);
  if (node.open === '{') members.sort(([left], [right]) => (left! < right! ? -1 : left! > right! ? 1 : 0));
  return { open: node.open, members };
}

function write(node: Node, layout: Layout, escape: (token: string) => string, margin: string): string {
  if (typeof node === 'string') return node.startsWith('"') ? escape(node) : node;
  const close = node.open === '{' ? '}' : ']';
  if (node.members.length === 0) return node.open + close;
  const inner = margin + layout.indent;
  const members = node.members.map(([key, value]) => {
    const written = write(value, layout, escape, inner);
    return key === undefined ? written : `${escape(key)}${layout.colon}${written}`;
  });
  if (layout.indent === '') return node.open + members.join(layout.comma) + close;
  return `${node.open}\n${inner}${members.join(`${layout.comma}\n${inner}`)}\n${margin}${close}`;
}
