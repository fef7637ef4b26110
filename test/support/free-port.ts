// Ports for programs that cannot be asked to take any free one and say which. They lie below the range that the kernel
// takes ports of outgoing connections and of `listen(0)` from: a port from that range is often gone before it is used.
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const PORT_MIN = 10_000;
/** Linux takes its own from 32,768 on, macOS and Windows from 49,152 on. */
const PORT_MAX = 32_000;

/** `count` different loopback ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
