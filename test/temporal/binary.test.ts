// Where the Temporal server's program comes from: the order, what is refused, and what people are told. No network.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServerBinary, type BinaryProbes } from '../../src/temporal/binary.ts';
import { withFileLock } from '../../src/temporal/file-lock.ts';
import { programOnPath, runProgram } from '../../src/temporal/program.ts';
import { isSupported, parseServerVersion, readServerVersion, sameSchema } from '../../src/temporal/server-version.ts';
import { serverBinary } from './support.ts';

let cacheDir: string;
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'hookline-cache-'));
});
after(() => rm(cacheDir, { recursive: true, force: true }));

/** A machine: `programs` maps paths to server versions; ways to get one put it there, or fail. */
function machine(programs: Record<string, string | null>, change: Partial<BinaryProbes> = {}) {
  const asked: string[] = [];
  const probes: BinaryProbes = {
    onPath: async () => ('/usr/bin/temporal' in programs ? '/usr/bin/temporal' : null),
    exists: async (path) => path in programs,
    version: async (path) => programs[path] ?? null,
    download: async (target) => {
      asked.push('download');
      programs[target] = '1.29.1';
    },
    build: async (target) => {
      asked.push('build');
      programs[target] = '1.29.1';
    },
    ...change,
  };
  const lines: string[] = [];
  const find = (explicitPath?: string) =>
    findServerBinary({ explicitPath, cacheDir, progress: (line) => void lines.push(line) }, probes);
  return { find, asked, lines, programs };
}

function target(): string {
  return join(cacheDir, 'temporal-v1.5.1', 'temporal');
}

const fails = (reason: string) => async (): Promise<void> => {
  throw new Error(reason);
};

test('a given program is used before everything, and nothing else where it does not fit', async () => {
  const { find } = machine({ '/usr/bin/temporal': '1.30.0', '/mine': '1.31.5', '/old': '1.24.0' });
  assert.deepEqual(await find('/mine'), { path: '/mine', version: '1.31.5' });
  await assert.rejects(
    find('/old'),
    /HOOKLINE_TEMPORAL_BINARY: \/old is Temporal server 1\.24\.0; Hookline runs on >=1\.29 <1\.32/,
  );
  await assert.rejects(find('/none'), /HOOKLINE_TEMPORAL_BINARY: \/none is no temporal program that runs here/);
});

test('the program on PATH comes before the cache', async () => {
  const { find, asked } = machine({ '/usr/bin/temporal': '1.30.0', [target()]: '1.29.1' });
  assert.deepEqual(await find(), { path: '/usr/bin/temporal', version: '1.30.0' });
  assert.deepEqual(asked, []);
});

test('a program on PATH of another version is passed over, and people are told', async () => {
  const { find, lines } = machine({ '/usr/bin/temporal': '1.25.2', [target()]: '1.29.1' });
  assert.deepEqual(await find(), { path: target(), version: '1.29.1' });
  assert.deepEqual(lines, ['/usr/bin/temporal is not used: it is server 1.25.2, Hookline runs on >=1.29 <1.32']);
});

test('without any, it is downloaded; without internet, built', async () => {
  const online = machine({});
  assert.deepEqual(await online.find(), { path: target(), version: '1.29.1' });
  assert.deepEqual(online.asked, ['download']);
  const offline = machine({}, { download: fails('the download failed') });
  assert.deepEqual(await offline.find(), { path: target(), version: '1.29.1' });
  assert.deepEqual(offline.asked, ['build']);
  assert.deepEqual(offline.lines, ['the download failed']);
});

test('a program in the cache that does not run is replaced', async () => {
  const { find, asked } = machine({ [target()]: null });
  assert.deepEqual(await find(), { path: target(), version: '1.29.1' });
  assert.deepEqual(asked, ['download']);
});

test('when nothing works the error says what was tried and what to do', async () => {
  const { find } = machine({}, { download: fails('no internet'), build: fails('Go is not installed') });
  await assert.rejects(find(), (error: Error) => {
    for (const words of [
      'no internet',
      'Go is not installed',
      'Temporal CLI v1.5.1',
      'HOOKLINE_TEMPORAL_BINARY',
      'TEMPORAL_ADDRESS',
    ]) {
      assert.ok(error.message.includes(words), words);
    }
    return true;
  });
});

test('two at once get it once', async () => {
  const { find, asked } = machine({});
  const [one, other] = await Promise.all([find(), find()]);
  assert.deepEqual(one, other);
  assert.deepEqual(asked, ['download']);
});

test('stopping while it is fetched ends the search', async () => {
  const abort = new AbortController();
  const { asked, programs } = machine({});
  const probes: BinaryProbes = {
    onPath: async () => null,
    exists: async (path) => path in programs,
    version: async () => null,
    download: async () => {
      abort.abort(new Error('stopped'));
      throw new Error('cut short');
    },
    build: async () => void asked.push('build'),
  };
  await assert.rejects(
    findServerBinary({ cacheDir, progress: () => undefined, signal: abort.signal }, probes),
    /stopped/,
  );
  assert.deepEqual(asked, []);
});

test('a lock is held by one at a time and freed when its work fails', async () => {
  const file = join(cacheDir, 'some.lock');
  const told: string[] = [];
  const events: string[] = [];
  const work = (name: string) =>
    withFileLock(file, { progress: (line) => void told.push(line) }, async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push(`${name} ends`);
      if (name === 'first') throw new Error('failed');
    });
  const results = await Promise.allSettled([work('first'), work('second')]);
  assert.deepEqual(events, ['first begins', 'first ends', 'second begins', 'second ends']);
  assert.deepEqual(
    results.map((result) => result.status),
    ['rejected', 'fulfilled'],
  );
  assert.equal(told.length, 1);
});

test('versions are read, bounded and compared', async () => {
  assert.equal(parseServerVersion('temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'), '1.29.1');
  assert.equal(parseServerVersion('something else'), null);
  assert.deepEqual(['1.28.9', '1.29.0', '1.31.9', '1.32.0', '2.29.0'].map(isSupported), [
    false,
    true,
    true,
    false,
    false,
  ]);
  assert.deepEqual([sameSchema('1.29.0', '1.29.1'), sameSchema('1.29.1', '1.30.0')], [true, false]);
  assert.equal(await readServerVersion('/bin/false'), null);
});

test('the real search gives a server that runs', async () => {
  const { path, version } = await serverBinary();
  assert.equal(await readServerVersion(path), version);
  assert.equal(isSupported(version), true);
});

test('programs are found on PATH, and one that fails is reported with the end of its output', async () => {
  assert.match((await programOnPath('sh'))!, /\/sh$/);
  assert.equal(await programOnPath('no-such-program-anywhere'), null);
  const script = join(cacheDir, 'failing.sh');
  await writeFile(script, 'echo about to fail; echo the reason >&2; exit 3');
  const patient = { intervalMs: 60_000, tick: () => undefined };
  await assert.rejects(runProgram('sh', [script], patient), /the reason/);
  const impatient = { intervalMs: 10, tick: fails('too slow') };
  await assert.rejects(runProgram('sleep', ['30'], impatient), /too slow/);
  await assert.rejects(runProgram('sleep', ['30'], { ...patient, signal: AbortSignal.timeout(50) }), /timeout/i);
});
