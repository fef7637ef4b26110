// The embedded server's ports: free ones are found, taken ones are named with the setting that changes them.
import { createServer } from 'node:net';

/** Listens for a moment. Resolves to the port (a free one for 0); rejects with Node's error when it cannot be had. */
function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}

/**
 * A port to give to the server: `port` itself, or any free one for 0.
 * @throws Error in one line naming the port and `setting` when it is taken.
 */
export async function claimPort(host: string, port: number, setting: string): Promise<number> {
  try {
    return await tryPort(host, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new Error(`Port ${port} is taken; set ${setting} to another one`, { cause: error });
    if (code === 'EACCES')
      throw new Error(`Port ${port} may not be used by this user; set ${setting} to one above 1023`, { cause: error });
    throw error;
  }
}
