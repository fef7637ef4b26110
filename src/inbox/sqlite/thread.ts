// Starts a worker thread of the SQLite driver, from compiled JavaScript and from TypeScript alike.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** @param name file name in this folder, without its extension. */
export function startThread(name: string, workerData: unknown): Worker {
  const options = { workerData, name: `hookline-${name}` };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, import.meta.url), options);
  // tsx's hooks for modules are not inherited, and registering them in each thread costs more than all that a short test does.
  return new Worker(compiled(name), { ...options, eval: true, execArgv: [] });
}

const texts = new Map<string, string>();

/** One script with everything but packages, made once in a process by the compiler that tsx has. */
function compiled(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const { buildSync } = createRequire(import.meta.resolve('tsx'))('esbuild') as Compiler;
  const built = buildSync({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    write: false,
  });
  // A script without a file would look for packages from the working directory on.
  const requireText = `require('node:module').createRequire(${JSON.stringify(entry)})`;
  const text = `(function (require) {${built.outputFiles[0]!.text}\n})(${requireText});`;
  texts.set(name, text);
  return text;
}

interface Compiler {
  buildSync(options: object): { outputFiles: { text: string }[] };
}
