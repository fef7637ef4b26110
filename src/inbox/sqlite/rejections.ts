// Writes refused requests and deletes the oldest ones, so that they can never fill the disk. Runs on the committing connection.
import { REJECTIONS_KEPT_MAX, type Rejection } from '../store.ts';
import type { Connection } from './connection.ts';

/** Rejections looked at in one call of `pruneRejections`. */
const PRUNED_ROWS_MAX = 200;

/** Operations on rejections. Row ids grow by one, so the newest REJECTIONS_KEPT_MAX are a range of them. */
export function createRejectionOperations({ db }: Connection) {
  const insert = db.prepare(
    `INSERT INTO rejections (at, source, status, reason, method, address, headers, body_bytes, body_start)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const makeRoom = db.prepare('DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - ?');
  const deleteOld = db.prepare<[number]>(
    `DELETE FROM rejections WHERE id IN (
       SELECT id FROM (SELECT id, at FROM rejections ORDER BY id LIMIT ${PRUNED_ROWS_MAX}) WHERE at < ?)`,
  );
  return {
    recordRejections(rejections: Rejection[]): void {
      for (const { at, source, status, reason, method, address, headers, bodyBytes, bodyStart } of rejections) {
        const headersText = JSON.stringify(headers);
        insert.run(at, source, status, reason, method, address, headersText, bodyBytes, Buffer.from(bodyStart));
      }
      makeRoom.run(REJECTIONS_KEPT_MAX);
    },
    /** True when there may be more. */
    pruneRejections: (before: number): boolean => deleteOld.run(before).changes === PRUNED_ROWS_MAX,
  };
}
