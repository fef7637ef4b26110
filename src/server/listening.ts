// Opens the receiver's port, and says in words why one cannot be opened.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a port. Rejects with what to do about a port or host that cannot be used. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE') return new Error(`Port ${port} is taken; set HOOKLINE_PORT to another one`);
  if (error.code === 'EACCES')
    return new Error(`Port ${port} may not be used by this user; set HOOKLINE_PORT to one above 1023`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new Error(`${host} is no address of this machine; set HOOKLINE_HOST`);
  }
  return error;
}

/** The URL of a server that listens; one that listens everywhere is shown as this machine. */
export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
