// The flows a process works with: loaded, and their definitions stored before any event can match them.
import type { Logger } from 'pino';
import type { Catalog } from './flow/catalog.ts';
import { createRegistry } from './flow/registry.ts';
import type { Store } from './inbox/store.ts';
import type { SecretLookup } from './secrets.ts';

export interface FlowsInUse {
  current(): Catalog;
  close(): Promise<void>;
}

export interface FlowsOptions {
  path: string;
  watch: boolean;
  logger: Logger;
  secrets: SecretLookup;
  store: Store;
}

/**
 * Loads the flows and keeps them current. A catalog is used only once its definitions are on disk: a start refers to its
 * definition by hash, and must find it after any crash.
 */
export async function useFlows({ path, watch, logger, secrets, store }: FlowsOptions): Promise<FlowsInUse> {
  const adopt = async (catalog: Catalog): Promise<Catalog> => {
    for (const flow of catalog.flows.values()) await store.putDefinition(flow.hash, JSON.stringify(flow.definition));
    return catalog;
  };
  let current: Catalog | undefined;
  const registry = await createRegistry({
    path,
    logger,
    watch,
    hasSecret: (name) => secrets(name) !== undefined,
    onChange: (catalog) => {
      adopt(catalog).then(
        (adopted) => (current = adopted),
        (error: Error) =>
          logger.error({ reason: error.message }, 'the changed flows could not be stored; the old ones stay in use'),
      );
    },
  });
  current = await adopt(registry.current());
  const first = current;
  return { current: () => current ?? first, close: () => registry.close() };
}
