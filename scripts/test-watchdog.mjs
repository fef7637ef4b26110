// Loaded into every process of tests: ends one in which nothing has happened for long, and says which tests it was at and what
// it still waited for. It must not judge tests: how long one may take is its own matter, this only tells a hang from a slow machine.
import { isMainThread } from 'node:worker_threads';

/** Several times what the slowest test takes, and longer than any wait that tests bound themselves, on the slowest machine. */
const HANG_AFTER_MS = 300_000;

// The runner's own process and the threads of a test's process load this too.
if (process.env['NODE_TEST_CONTEXT'] !== undefined && isMainThread) await watch();

async function watch() {
  const { afterEach, beforeEach } = await import('node:test');
  const running = new Set();
  let last = 'none';
  // It keeps no process alive: one that has nothing left to wait for ends, and node names the tests that were open.
  const timer = setTimeout(() => {
    process.stderr.write(report([...running], last));
    process.exit(1); // Not a signal: what tests started ends with 'exit'.
  }, HANG_AFTER_MS).unref();
  beforeEach(({ fullName }) => {
    running.add(fullName);
    timer.refresh();
  });
  afterEach(({ fullName }) => {
    running.delete(fullName);
    last = fullName;
    timer.refresh();
  });
}

function report(running, last) {
  const where =
    running.length > 0
      ? `in ${running.map((name) => JSON.stringify(name)).join(' and ')}`
      : 'in no test: in a hook, in the loading of a file, or at the end, which something keeps from coming';
  return [
    `\nHANG: nothing has happened for ${HANG_AFTER_MS / 1_000} s ${where}.`,
    `The last test that ended: ${JSON.stringify(last)}.`,
    `What the process waits for: ${counted(process.getActiveResourcesInfo()).join(', ')}.`,
    ...process._getActiveHandles().flatMap(described),
    '',
  ].join('\n');
}

function counted(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`);
}

/** A child process by its command, a socket or server by its ports; nothing of other handles. */
function described(handle) {
  if (handle.spawnargs !== undefined) return [`  process ${handle.pid}: ${handle.spawnargs.join(' ')}`];
  if (handle.remotePort !== undefined) return [`  socket: port ${handle.localPort} to ${handle.remotePort}`];
  if (handle.listening === true) return [`  server: ${JSON.stringify(handle.address())}`];
  return [];
}
