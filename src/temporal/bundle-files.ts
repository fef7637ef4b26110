// Where the workflow bundle lives and which one fits: a bundle carries a stamp of everything it was made from.
// It must never say that a bundle fits when any workflow file, the SDK or a package inside the bundle has changed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How build-bundle.ts makes bundles; raised when that changes. */
const RECIPE = '3';
/** Packages whose code ends up inside the bundle, or decides how it is made. */
const PACKAGES = ['@temporalio/worker', '@temporalio/workflow', 'acorn', 're2js'];

const here = fileURLToPath(import.meta.url);
/** `.ts` under tsx, `.js` after the build: workflows are bundled from what this process itself runs. */
export const codeExtension = here.endsWith('.ts') ? '.ts' : '.js';
export const workflowsDir = join(dirname(here), '..', '..', 'workflows');
/** Workflow entry: every export of it is a workflow type. */
export const workflowsEntry = join(workflowsDir, `index${codeExtension}`);
/** Loaded once for all runs instead of anew in each, which took a tenth of a run's time. */
export const preloadedModule = join(workflowsDir, `preloaded${codeExtension}`);
/** Sees a run before its first task does. */
export const interceptorModule = join(workflowsDir, `resets${codeExtension}`);
export const buildScript = join(dirname(here), `build-bundle${codeExtension}`);

const packageDir = packageDirOf(dirname(here));
/** Made by `npm run build`. */
export const prebuiltBundle = join(packageDir, 'dist', 'workflow-bundle.js');

/** Where a bundle of that stamp is kept when it was made on the fly. */
export function cachedBundle(stamp: string): string {
  return join(packageDir, 'node_modules', '.cache', 'hookline', `${stamp}.js`);
}

/** First line of a bundle. */
export function stampLine(stamp: string): string {
  return `/* hookline workflow bundle ${stamp} */\n`;
}

/** Hex of a SHA-256 over the workflow files, package versions and the recipe. */
export function bundleStamp(): string {
  const hash = createHash('sha256');
  const add = (text: string | Buffer): void => void hash.update(`${text.length}:`).update(text);
  add(RECIPE);
  for (const name of PACKAGES) add(`${name}@${packageVersion(name)}`);
  const names = readdirSync(workflowsDir, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((entry) => entry.endsWith(codeExtension) && !entry.endsWith('.d.ts')).sort()) {
    add(name);
    add(readFileSync(join(workflowsDir, name)));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Reads the version from the installed package's own package.json (which `exports` may hide from import.meta.resolve). */
function packageVersion(name: string): string {
  const directory = packageDirOf(dirname(fileURLToPath(import.meta.resolve(name))), name);
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The nearest folder upwards whose package.json has that name (ours by default). */
function packageDirOf(from: string, name = 'hookline'): string {
  for (let directory = from; dirname(directory) !== directory; directory = dirname(directory)) {
    const file = join(directory, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === name)
      return directory;
  }
  throw new Error(`The package.json of ${name} was not found above ${from}; is the installation complete? Run npm ci`);
}
