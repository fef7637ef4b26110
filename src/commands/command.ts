// What every command shares: how it ends and how it reads settings.
import { Option, type Command } from 'commander';
import { processEnvironment, readSettings, SettingsError, type Settings } from '../config.ts';

/** One command of the table in index.ts: adds itself to the program. */
export type AddCommand = (program: Command) => void;

/** A failure that the user can act on: printed as one message, without a stack. Exit code 1, or 2 for wrong usage. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Settings for a command: the environment, `.env` where the command reads it, and the command line on top; `defaults` where
 * none of them says anything.
 * @throws CommandError (exit code 2) naming every setting that cannot be used.
 */
export function commandSettings(
  overrides: Record<string, string | undefined>,
  envFile?: string,
  defaults: Record<string, string> = {},
): Settings {
  try {
    const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
    return readSettings({ ...defaults, ...processEnvironment(envFile), ...Object.fromEntries(given) });
  } catch (error) {
    if (error instanceof SettingsError) throw new CommandError(error.message, 2);
    throw error;
  }
}

/**
 * The number that a flag was given.
 * @throws CommandError (exit code 2) when it is not a whole number from 1 to `most`.
 */
export function countOf(flag: string, text: string, most: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new CommandError(`${flag} must be a whole number from 1 to ${most}`, 2);
}

/** An option that may be given several times; its value is a list. */
export function severalOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; several may be given`)
    .argParser((value: string, before: string[]) => [...before, value])
    .default([], 'none');
}
