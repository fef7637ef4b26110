// Types from JSON Schemas: an action's input type is read off its schema, so the two can never disagree.
// Types and a cast only; never validates anything.
import type { Json } from '../workflows/definition.ts';

/** JSON as a literal: what `as const` makes of it. */
export type ReadonlyJson =
  null | boolean | number | string | readonly ReadonlyJson[] | { readonly [key: string]: ReadonlyJson };

interface TypeByName {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  null: null;
}

/** The TypeScript type of what a JSON Schema accepts, for the keywords used in connectors/. Anything else is `Json`. */
export type FromSchema<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly type: 'object'; readonly properties: infer Properties }
      ? FromProperties<Properties, Schema extends { readonly required: readonly (infer Name)[] } ? Name : never>
      : Schema extends { readonly anyOf: readonly (infer Member)[] }
        ? FromSchema<Member>
        : Schema extends { readonly type: 'array'; readonly items: infer Item }
          ? FromSchema<Item>[]
          : Schema extends { readonly type: 'object'; readonly additionalProperties: infer Value }
            ? { [key: string]: FromSchema<Value> }
            : Schema extends { readonly type: infer Name extends keyof TypeByName }
              ? TypeByName[Name]
              : Schema extends { readonly type: readonly (infer Name extends keyof TypeByName)[] }
                ? TypeByName[Name]
                : Json;

type FromProperties<Properties, Required> = {
  [Key in keyof Properties as Key extends Required ? Key : never]: FromSchema<Properties[Key]>;
} & {
  [Key in keyof Properties as Key extends Required ? never : Key]?: FromSchema<Properties[Key]>;
};
