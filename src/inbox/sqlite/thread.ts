// Starts a worker thread of the SQLite driver, from compiled JavaScript and from TypeScript alike.
import { Worker } from 'node:worker_threads';

/**
 * @param name file name in this folder, without its extension.
 * A thread does not inherit tsx's module hooks (Node runs `--import` for them but tsx registers for the main thread only),
 * so under tsx the entry is a line that registers them first.
 */
export function startThread(name: string, workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`./${name}.js`, import.meta.url), { workerData, name: `hookline-${name}` });
  }
  const entry = JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import { register } from ${tsx}; register(); await import(${entry});`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  return new Worker(url, { workerData, name: `hookline-${name}`, execArgv: [] });
}
