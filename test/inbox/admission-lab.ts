// Two processes on one inbox, without their threads: the one that receives and dispatches, and one that only runs flows. What they do
// comes in the order in which a test does it; a crash takes what is in memory only.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { OperationName, OperationRequest, Operations } from '../../src/inbox/sqlite/operations.ts';
import { createSession } from '../../src/inbox/sqlite/session.ts';

export type Process = 'receiver' | 'worker';

export interface AdmissionLab {
  /** Does one operation, as a transaction of that process. Throws what it is refused with. */
  call<K extends OperationName>(
    process: Process,
    name: K,
    ...parameters: Parameters<Operations[K]>
  ): ReturnType<Operations[K]>;
  /** The process ends, whatever it was at, and is there again. */
  restart(process: Process): void;
  /** What the tables say. */
  rows<T>(sql: string): T[];
  dispose(): void;
}

export function openAdmissionLab(): AdmissionLab {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-admission-'));
  const file = join(folder, 'hookline.db');
  const sessions = { receiver: createSession({ file }), worker: createSession({ file }) };
  const reader = new Database(file, { readonly: true });
  return {
    call<K extends OperationName>(process: Process, name: K, ...parameters: Parameters<Operations[K]>) {
      const [reply] = sessions[process].run([{ id: 1, name, parameters, bytes: 0 } as OperationRequest]);
      if (reply === undefined || 'error' in reply) throw new Error(`${name}: ${reply?.error}`);
      return reply.value as ReturnType<Operations[K]>;
    },
    restart(process) {
      sessions[process].close();
      sessions[process] = createSession({ file });
    },
    rows: <T>(sql: string) => reader.prepare<[], T>(sql).all(),
    dispose() {
      reader.close();
      for (const session of Object.values(sessions)) session.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
