// Gets what tests share, once: the Temporal server's program and the workflow bundle.
import { findServerBinary } from '../src/temporal/binary.ts';
import { loadWorkflowBundle } from '../src/temporal/bundle.ts';

const binary = await findServerBinary({ progress: (line) => process.stdout.write(`${line}\n`) });
await loadWorkflowBundle();
process.stdout.write(`Temporal server: ${binary.path} (${binary.version})\n`);
