// Reads the files of a flows folder, bounded in number and size. It reads text only and never follows into hidden folders.
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { definitionBytesMax, flowFilesMax, folderDepthMax } from './limits.ts';

/** One flow file. */
export interface SourceFile {
  /** As shown to authors: the folder as it was given, and the path in it. */
  path: string;
  text: string;
  /** Why there is no text. */
  problem?: { code: 'too_large' | 'file_unreadable'; message: string };
}

/**
 * Reads a flow file, or every `*.yaml` and `*.yml` below a folder but `*.test.yaml`, in the order of their paths.
 * A file that cannot be read carries a problem instead of text. Rejects when `path` itself cannot be read (ENOENT, …), or
 * when there are too many files.
 */
export async function readFlowFiles(path: string): Promise<SourceFile[]> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return [await readFlowFile(normalize(path))];
  return readFilesBelow(path, 'flow files', isFlowFile);
}

/** Reads a test file, or every `*.test.yaml` and `*.test.yml` below a folder, as readFlowFiles does. */
export async function readTestFiles(path: string): Promise<SourceFile[]> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return [await readFlowFile(normalize(path))];
  return readFilesBelow(path, 'test files', isTestFile);
}

async function readFilesBelow(path: string, what: string, isWanted: (path: string) => boolean): Promise<SourceFile[]> {
  const paths = (await listFiles(normalize(path))).filter(isWanted);
  if (paths.length > flowFilesMax)
    throw new Error(`${path} holds ${paths.length} ${what}, at most ${flowFilesMax} are taken`);
  const files: SourceFile[] = [];
  for (const file of paths) files.push(await readFlowFile(file));
  return files;
}

/** A text that changes when a flow file or a schema below the folder does; with tests, when a test file does too. */
export async function fingerprintOf(path: string, withTests = false): Promise<string> {
  const entry = await stat(path);
  const isWanted = (file: string): boolean => isWatched(file) || (withTests && isTestFile(file));
  const paths = entry.isDirectory() ? (await listFiles(normalize(path))).filter(isWanted) : [path];
  const marks = await Promise.all(
    paths.slice(0, flowFilesMax * 2).map((file) =>
      stat(file).then(
        ({ mtimeMs, ctimeMs, size, ino }) => `${file}:${mtimeMs}:${ctimeMs}:${size}:${ino}`,
        () => `${file}:gone`,
      ),
    ),
  );
  return marks.join('\n');
}

async function readFlowFile(path: string): Promise<SourceFile> {
  try {
    const { size } = await stat(path);
    if (size > definitionBytesMax) {
      const message = `the file has ${size} bytes, at most ${definitionBytesMax} are taken`;
      return { path, text: '', problem: { code: 'too_large', message } };
    }
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
  } catch (error) {
    const reason =
      error instanceof TypeError ? 'it is not UTF-8 text' : error instanceof Error ? error.message : String(error);
    return { path, text: '', problem: { code: 'file_unreadable', message: `the file cannot be read: ${reason}` } };
  }
}

async function listFiles(folder: string, depth = 0, seen = new Set<string>()): Promise<string[]> {
  const real = await realpath(folder);
  if (depth > folderDepthMax || seen.has(real)) return [];
  seen.add(real);
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.') && name !== 'node_modules').sort();
  const found: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // Follows links: a mounted configuration is made of them.
    const entry = await stat(path).catch(() => undefined);
    if (entry?.isDirectory()) found.push(...(await listFiles(path, depth + 1, seen)));
    else found.push(path);
  }
  return found;
}

function isFlowFile(path: string): boolean {
  return /\.ya?ml$/.test(path) && !isTestFile(path);
}

/** True for the files that `hookline test` reads; they hold no flows. */
export function isTestFile(path: string): boolean {
  return /\.test\.ya?ml$/.test(path);
}

function isWatched(path: string): boolean {
  return isFlowFile(path) || path.endsWith('.json');
}
