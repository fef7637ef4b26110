// Ports for programs that cannot be asked to take any free one and say which.
import { createServer, type AddressInfo } from 'node:net';

/** `count` different loopback ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held at once, so that none is given out twice.
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
