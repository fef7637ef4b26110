// Settings of any provider that follow its schema, as the loader would let them through.
import fc from 'fast-check';
import type { Provider } from '../../src/providers/provider.ts';
import type { Json, JsonObject } from '../../workflows/definition.ts';

const TEXT_LENGTH_MAX = 20;

/** Any of the provider's settings, each of a value that its schema takes; what it calls impossible is left out. */
export function settingsOf(provider: Provider): fc.Arbitrary<JsonObject> {
  const fields = Object.entries(provider.settings).map(
    ([name, schema]) => [name, valueOf(schema as JsonObject)] as const,
  );
  const any = fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
  const example = fc.constant(provider.exampleSettings ?? {});
  // What the loader refuses may still reach a verifier by a bug: it must fail closed then, so it is not filtered out.
  return fc.oneof(example, any);
}

function valueOf(schema: JsonObject): fc.Arbitrary<Json> {
  const choices = schema['enum'];
  if (Array.isArray(choices)) return fc.constantFrom(...choices);
  if (schema['type'] === 'boolean') return fc.boolean();
  if (schema['type'] === 'integer') return fc.integer({ min: Number(schema['minimum'] ?? 0), max: 1_000 });
  if (schema['type'] === 'array')
    return fc.array(valueOf(schema['items'] as JsonObject), { minLength: 1, maxLength: 3 });
  const pattern = schema['pattern'];
  const fallback = schema['default'];
  const matching =
    typeof pattern === 'string'
      ? fc.stringMatching(new RegExp(pattern), { maxLength: TEXT_LENGTH_MAX * 5 })
      : fc.string({ minLength: 1, maxLength: TEXT_LENGTH_MAX });
  return typeof fallback === 'string' ? fc.oneof(fc.constant(fallback), matching) : matching;
}
