// The attackers of bench/attack.ts, a process of their own: slow connections and a storm of bodies that are too large.
// usage: attackers.ts '{"host":…,"port":…,"path":…,"slow":200,"storm":8}'; prints `attacking`, and its counts when told to stop.
import { connect } from 'node:net';

/** What attacks. */
export interface AttackOptions {
  port: number;
  path: string;
  /** Connections that trickle their headers or their body, opened again whenever they are closed. */
  slow: number;
  /** Connections that send one body over the limit after the other. */
  storm: number;
}

/** What the attackers saw. */
export interface AttackResult {
  slowOpened: number;
  slowClosed: number;
  stormSent: number;
  stormAnswered413: number;
}

const TRICKLE_PAUSE_MS = 500;
const REOPEN_PAUSE_MS = 50;
const CHUNK_BYTES = 64 * 1024;
/** Over the limit of 1 MiB, which only counting can tell: the body is chunked. */
const CHUNKS_PER_BODY = 17;
const HEAD_LINES = ['Host: hooks.example', 'Content-Type: application/json'];

const options = JSON.parse(process.argv[2] ?? '{}') as AttackOptions;
const counts: AttackResult = { slowOpened: 0, slowClosed: 0, stormSent: 0, stormAnswered413: 0 };
const start = [`POST ${options.path} HTTP/1.1`, ...HEAD_LINES].join('\r\n');
const chunk = Buffer.concat([
  Buffer.from(`${CHUNK_BYTES.toString(16)}\r\n`),
  Buffer.alloc(CHUNK_BYTES, 0x20),
  Buffer.from('\r\n'),
]);
const largeBody = Buffer.concat([
  Buffer.from(`${start}\r\nTransfer-Encoding: chunked\r\n\r\n`),
  ...Array.from({ length: CHUNKS_PER_BODY }, () => chunk),
  Buffer.from('0\r\n\r\n'),
]);

/** Every other one trickles headers, the others a body. */
function openSlow(index: number): void {
  const socket = connect(options.port, '127.0.0.1');
  counts.slowOpened += 1;
  const inBody = index % 2 === 1;
  socket.write(inBody ? `${start}\r\nContent-Length: 1000000\r\n\r\n{` : `${start}\r\n`);
  const trickle = setInterval(() => socket.write(inBody ? ' ' : 'X-Slow: 1\r\n'), TRICKLE_PAUSE_MS);
  socket.on('error', () => undefined).resume();
  socket.on('close', () => {
    clearInterval(trickle);
    counts.slowClosed += 1;
    setTimeout(() => openSlow(index), REOPEN_PAUSE_MS);
  });
}

/** Sends the next body when the last was answered; a connection that was ended is opened again. */
function openStorm(): void {
  const socket = connect(options.port, '127.0.0.1');
  const send = (): void => {
    counts.stormSent += 1;
    socket.write(largeBody);
  };
  socket.on('connect', send).on('error', () => undefined);
  socket.on('data', (data) => {
    if (!data.includes(' 413 ')) return;
    counts.stormAnswered413 += 1;
    send();
  });
  socket.on('close', () => setTimeout(openStorm, REOPEN_PAUSE_MS));
}

for (let index = 0; index < options.slow; index += 1) openSlow(index);
for (let index = 0; index < options.storm; index += 1) openStorm();
process.stdout.write('attacking 1\n');
process.on('SIGTERM', () => process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0)));
