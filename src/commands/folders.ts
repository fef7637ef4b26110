// Whether the folders that a process works with can be used, said before anything is started. It reads no flow and no data.
import { constants } from 'node:fs';
import { access, mkdir, readdir, stat } from 'node:fs/promises';
import { CommandError } from './command.ts';

/** Ends the command with one line unless the flows' folder (or file) can be read. */
export async function checkFlowsFolder(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) await readdir(path);
    else await access(path, constants.R_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new CommandError(
        `The flows folder ${path} does not exist: set HOOKLINE_FLOWS (\`npx hookline init DIR\` makes DIR/flows)`,
        2,
      );
    }
    throw new CommandError(`The flows in ${path} cannot be read (${message}): set HOOKLINE_FLOWS`, 2);
  }
}

/** Makes the data folder, for its user alone, and ends the command with one line unless it can be written. */
export async function checkDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { message } = error as Error;
    throw new CommandError(
      `The data folder ${path} cannot be used (${message}): set HOOKLINE_DATA_DIR to a folder that can be written`,
      2,
    );
  }
}
