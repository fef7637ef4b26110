// The process's log: pino, JSON lines in production, one readable line each in a terminal. Never bodies, never secrets.
import { pino, type Logger } from 'pino';
import { Writable } from 'node:stream';

/** pino's numeric levels by name, see https://getpino.io/#/docs/api?id=levels */
const LEVEL_NAMES: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
/** Fields of every line that a person at a terminal does not need. */
const HIDDEN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err', 'name']);

/** @param pretty readable lines (a terminal) instead of JSON lines. */
export function createLogger(level: string, pretty: boolean): Logger {
  if (!pretty) return pino({ level, base: undefined });
  return pino({ level, base: undefined }, readableStream());
}

function readableStream(): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      process.stdout.write(readableLine(line), () => done());
    },
  });
}

function readableLine(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown> & { level: number; time: number; msg?: string };
  const level = LEVEL_NAMES[entry.level] ?? 'info';
  const time = new Date(entry.time).toISOString().slice(11, 23);
  const fields = Object.entries(entry)
    .filter(([name]) => !HIDDEN_FIELDS.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = entry['err'] as { message?: string } | undefined;
  if (error?.message) fields.push(`error=${error.message}`);
  return `${time} ${level === 'info' ? '' : `${level}: `}${entry.msg ?? ''}${fields.length > 0 ? `  ${fields.join(' ')}` : ''}\n`;
}
