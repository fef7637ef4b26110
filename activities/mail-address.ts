// Checks what becomes a mail's header: addresses, subject, file names. A value from outside must never add a header or a recipient. Pure.
import { invalidInput } from './connector-error.ts';
import type { Mailbox } from './mailer.ts';

/** RFC 5321, 4.5.3.1: 64 characters, `@`, 255 characters. */
const ADDRESS_CHARS_MAX = 320;
/** One plain address: no quoting, comments, routes or lists, which is where parsers disagree. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/;
/** `Name <address>`, the name in quotes when it holds a comma or the like. */
const NAMED = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<>,;:@\\]*?))\s*<([^<>]*)>\s*$/;
/** Control characters, and the two Unicode line separators. */
const LINE_BREAKING = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** The text itself. Throws `invalid_input` when it holds a line break or another control character. */
export function singleLine(text: string, where: string): string {
  if (LINE_BREAKING.test(text)) throw invalidInput(`${where} holds a line break or another control character`);
  return text;
}

/** One mailbox from `a@b.example` or `Name <a@b.example>`. More than one in a text is refused: several are written as a list. */
export function checkedMailbox(text: string, where: string): Mailbox {
  singleLine(text, where);
  const [, quoted, plain, bracketed] = NAMED.exec(text) ?? [];
  const address = (bracketed ?? text).trim();
  // A leading dash would be an option to a sendmail behind the server.
  if (address.length > ADDRESS_CHARS_MAX || !ADDRESS.test(address) || address.startsWith('-')) {
    throw invalidInput(
      `${where} is not one email address, such as ada@example.com or Ada <ada@example.com>; several are a list`,
    );
  }
  return { name: quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '', address };
}
