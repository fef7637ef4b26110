// A program: makes the workflow bundle with the SDK's webpack and writes it to the file given (dist/workflow-bundle.js).
// It must never leave a half-written bundle, for other processes may read it meanwhile.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import {
  bundleStamp,
  interceptorModule,
  preloadedModule,
  prebuiltBundle,
  stampLine,
  workflowsEntry,
} from './bundle-files.ts';

const SOURCE_MAP_MARK = 'sourceMappingURL=data:application/json;charset=utf-8;base64,';

const target = process.argv[2] ?? prebuiltBundle;
try {
  const logger = new DefaultLogger('ERROR', ({ message }) => void process.stderr.write(`${message}\n`));
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowsEntry,
    preloadModules: [preloadedModule],
    workflowInterceptorModules: [interceptorModule],
    webpackConfigHook: withoutHashedNames,
    logger,
  });
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}.new`;
  await writeFile(draft, stampLine(bundleStamp()) + withoutSources(code));
  await rename(draft, target);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** The same input gives the same bytes. */
function withoutHashedNames(config: Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0]): typeof config {
  return { ...config, output: { ...config.output, filename: 'workflow-bundle.js' } };
}

/** The worker keeps the source map for stack traces; the sources inside it would only cost memory. */
function withoutSources(code: string): string {
  const at = code.lastIndexOf(SOURCE_MAP_MARK);
  if (at === -1) return code;
  const map = JSON.parse(Buffer.from(code.slice(at + SOURCE_MAP_MARK.length), 'base64').toString()) as Record<
    string,
    unknown
  >;
  delete map['sourcesContent'];
  return code.slice(0, at + SOURCE_MAP_MARK.length) + Buffer.from(JSON.stringify(map)).toString('base64');
}
