// Whether a service can be called without a connection. Derived from the schema of its settings; nothing about a service is written here.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Service } from '../../activities/connector.ts';

const known = new Map<Service, boolean>();

/** True when empty settings do not follow the schema of the service's settings. */
export function needsConnection(service: Service): boolean {
  const before = known.get(service);
  if (before !== undefined) return before;
  const compiler = new Ajv2020({ strict: false, logger: false, validateFormats: false });
  const isNeeded = !compiler.validate(service.connection, {});
  known.set(service, isNeeded);
  return isNeeded;
}
