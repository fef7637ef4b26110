// UTF-8 by hand: Temporal's sandbox has no dependable encoder of its own for other realms. Pure.

/** The UTF-8 bytes of a text. Half characters (lone surrogates) become U+FFFD, as in the WHATWG encoding standard. */
export function bytesFromText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    let code = text.codePointAt(index)!;
    if (code > 0xffff) index++;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) {
      bytes[length++] = code;
      continue;
    }
    const following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[length++] = [0, 0xc0, 0xe0, 0xf0][following]! | (code >> (6 * following));
    for (let rest = following - 1; rest >= 0; rest--) bytes[length++] = 0x80 | ((code >> (6 * rest)) & 0x3f);
  }
  return bytes.subarray(0, length);
}

const leastByFollowing = [0, 0x80, 0x800, 0x10000];
const piecesMax = 4_096;

/** The text of UTF-8 bytes, or undefined when they are not well-formed (overlong, cut off, surrogates, too large). */
export function textFromBytes(bytes: Uint8Array): string | undefined {
  const pieces: string[] = [];
  let units: number[] = [];
  for (let index = 0; index < bytes.length;) {
    const first = bytes[index++]!;
    const following = first < 0x80 ? 0 : first >> 5 === 6 ? 1 : first >> 4 === 14 ? 2 : first >> 3 === 30 ? 3 : -1;
    if (following < 0 || index + following > bytes.length) return undefined;
    let code = following === 0 ? first : first & (0x3f >> following);
    for (let rest = 0; rest < following; rest++) {
      const next = bytes[index++]!;
      if (next >> 6 !== 2) return undefined;
      code = (code << 6) | (next & 0x3f);
    }
    if (code < leastByFollowing[following]! || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    units.push(code);
    if (units.length < piecesMax) continue;
    pieces.push(String.fromCodePoint(...units));
    units = [];
  }
  return pieces.join('') + String.fromCodePoint(...units);
}
