// One-byte differences: a byte changed, inserted or left out. Always a difference, never more than one.
import fc from 'fast-check';

/** One edit; `at` is taken modulo the length of what is edited. */
export interface Edit {
  kind: 'change' | 'insert' | 'delete';
  at: number;
  /** What is inserted, or what a byte is XORed with. */
  byte: number;
}

export const anyEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('change', 'insert', 'delete'),
  at: fc.nat(100_000),
  // Case, digits and separators are what a lenient reader forgives.
  byte: fc.oneof(fc.constantFrom(1, 0x20, 0x30, 0x2c, 0x3d, 0x80), fc.integer({ min: 1, max: 255 })),
});

/** A copy with the edit made. Nothing can only get longer. */
export function edited(bytes: Buffer, { kind, at, byte }: Edit): Buffer {
  if (bytes.length === 0 || kind === 'insert') {
    const place = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, place), Buffer.of(byte), bytes.subarray(place)]);
  }
  const place = at % bytes.length;
  if (kind === 'delete') return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)]);
  const copy = Buffer.from(bytes);
  copy[place]! ^= byte;
  return copy;
}

/** The same for a header's value or a URL, whose characters are bytes. */
export function editedText(text: string, edit: Edit): string {
  return edited(Buffer.from(text, 'latin1'), edit).toString('latin1');
}
