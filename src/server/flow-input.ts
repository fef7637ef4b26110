// What a flow says of its `input`, whoever starts it: the check is compiled once for each flow that is loaded.
import type { Json } from '../../workflows/definition.ts';
import type { LoadedFlow } from '../flow/catalog.ts';
import { compileSchema, type CheckBody } from './schema.ts';

const checks = new WeakMap<LoadedFlow, CheckBody>();

/** Fills the defaults of the flow's `input` into this one; the places at which it does not follow, undefined when it does. */
export function fillInput(flow: LoadedFlow, input: Json): ReturnType<CheckBody> {
  const { input: schema } = flow.definition;
  if (schema === undefined) return undefined;
  let check = checks.get(flow);
  if (check === undefined) {
    check = compileSchema(schema, { fillDefaults: true });
    checks.set(flow, check);
  }
  return check(input);
}
