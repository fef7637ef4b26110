// The keys behind links of approvals, and what a link that came back is worth. It signs as runs do (workflows/approval-link.ts), but with
// node's crypto, for forged links come in floods. Must never tell a key.
import { createHmac } from 'node:crypto';
import { signedText, type ApprovalPlace } from '../../workflows/approval-link.ts';
import { equalSignatures } from '../providers/signing/constant-time.ts';

/** Unix seconds as links write them: no sign, no zeros in front. */
const EXPIRES = /^[1-9]\d{0,14}$/;

/** The key of one run, hex: who reads it in the run's history can sign for that run and no other. */
export function runKeyOf(serverKey: string, workflowId: string): string {
  return createHmac('sha256', serverKey).update(`approval.run\n${workflowId}`).digest('hex');
}

/** What a link that came back is worth. `expires` and `signature` are texts of its query, as they came. */
export function linkState(
  runKey: string,
  place: ApprovalPlace,
  { expires, signature }: { expires: string; signature: string },
  nowMs: number,
): 'good' | 'expired' | 'forged' {
  if (!EXPIRES.test(expires)) return 'forged';
  const expected = createHmac('sha256', runKey)
    .update(signedText(place, Number(expires)))
    .digest('base64url');
  if (!equalSignatures(expected, signature)) return 'forged';
  return Number(expires) * 1000 < nowMs ? 'expired' : 'good';
}
