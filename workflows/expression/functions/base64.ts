// Base64 by hand (RFC 4648): the workflow sandbox has neither btoa nor Buffer. Pure.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 with padding. */
export function base64FromBytes(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    const third = left > 1 ? alphabet[(group >> 6) & 63]! : '=';
    const fourth = left > 2 ? alphabet[group & 63]! : '=';
    pieces.push(alphabet[group >> 18]! + alphabet[(group >> 12) & 63]! + third + fourth);
  }
  return pieces.join('');
}

/** The bytes of base64, padded or not, in the standard or the URL alphabet, white space ignored; undefined if it is neither. */
export function bytesFromBase64(text: string): Uint8Array | undefined {
  const digits = text
    .replace(/[\t\n\f\r ]+/g, '')
    .replace(/-/g, '+')
    .replace(/_/g, '/');
  const clean = digits.length % 4 === 0 ? digits.replace(/={1,2}$/, '') : digits;
  if (!/^[A-Za-z0-9+/]*$/.test(clean) || clean.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((clean.length * 3) / 4));
  let length = 0;
  let group = 0;
  for (let index = 0; index < clean.length; index++) {
    group = ((group << 6) | digitOf(clean.charCodeAt(index))) & 0xffffff;
    if (index % 4 > 0) bytes[length++] = (group >> (6 - 2 * (index % 4))) & 0xff;
  }
  return bytes;
}

/** The six bits of a digit, given that it is one. */
function digitOf(code: number): number {
  if (code >= 97) return code - 71;
  if (code >= 65) return code - 65;
  if (code >= 48) return code + 4;
  return code === 43 ? 62 : 63;
}
