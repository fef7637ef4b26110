// Links by which people decide an approval, and the key that signs them: HMAC-SHA256 (RFC 2104), without a crypto module, for
// the sandbox has none. Pure; runs sign, src/approvals/link-signature.ts checks. Must never tell a key.
import type { DecisionKind } from './decision.ts';
import { base64FromBytes } from './expression/functions/base64.ts';
import { sha256Hex } from './expression/sha256.ts';
import { bytesFromText } from './expression/utf8.ts';

/** What a run signs its links with. */
export interface ApprovalKey {
  /** Hex; only of this run (see src/approvals/link-signature.ts). It is read as text. */
  key: string;
  /** The public URL, without a slash at the end. */
  url: string;
}

/** Where an approval stands: the run, and the path of the step in it. */
export interface ApprovalPlace {
  workflowId: string;
  stepPath: string;
}

/** Links of one approval. `page` decides nothing by itself; the other two come with their answer chosen. */
export type ApprovalLinks = { approve: string; reject: string; page: string };

/** Hex digits of an approval's id: 128 bits. */
const ID_DIGITS = 32;
/** Bytes of a block of SHA-256: keys are filled up to it (RFC 2104, section 2). */
const BLOCK_BYTES = 64;

/** The id of an approval: the same whenever the step is looked at, different for any two. 32 hex digits. */
export function approvalIdOf({ workflowId, stepPath }: ApprovalPlace): string {
  return sha256Hex(bytesFromText(`approval\n${workflowId}\n${stepPath}`)).slice(0, ID_DIGITS);
}

/** The signature of an approval's links that are good until then (Unix seconds): base64url without padding. */
export function signatureOf(runKey: string, place: ApprovalPlace, expires: number): string {
  const text = base64FromBytes(hmac(runKey, signedText(place, expires)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** What is signed: the version of the form first. No part of it can hold a line break, but the last, which is a number. */
export function signedText({ workflowId, stepPath }: ApprovalPlace, expires: number): string {
  return `approval.v1\n${workflowId}\n${stepPath}\n${expires}`;
}

/** The links of an approval, good until then (Unix milliseconds). */
export function approvalLinks({ key, url }: ApprovalKey, place: ApprovalPlace, goodUntil: number): ApprovalLinks {
  const expires = Math.ceil(goodUntil / 1000);
  const path = `${encodeURIComponent(place.workflowId)}/${encodeURIComponent(place.stepPath)}`;
  const signed = `expires=${expires}&signature=${signatureOf(key, place, expires)}`;
  const link = (decision: DecisionKind): string => `${url}/approvals/${path}?decision=${decision}&${signed}`;
  return { approve: link('approved'), reject: link('rejected'), page: `${url}/approvals/${path}?${signed}` };
}

/** HMAC-SHA256 of a text, with the text of a key. 32 bytes. */
function hmac(key: string, message: string): Uint8Array {
  const given = bytesFromText(key);
  const bytes = given.length > BLOCK_BYTES ? sha256(given) : given;
  const padded = (pad: number): number[] =>
    Array.from({ length: BLOCK_BYTES }, (_, index) => (bytes[index] ?? 0) ^ pad);
  const inner = sha256(Uint8Array.from([...padded(0x36), ...bytesFromText(message)]));
  return sha256(Uint8Array.from([...padded(0x5c), ...inner]));
}

function sha256(bytes: Uint8Array): Uint8Array {
  const hex = sha256Hex(bytes);
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
