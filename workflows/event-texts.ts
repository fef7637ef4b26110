// The texts of an event by which it is found: what the store indexes, and what a run compares with what it asked. Pure.
import { comparableText } from './comparable-text.ts';
import type { Json } from './definition.ts';

/** The texts at these paths (`body.order.id`, `body.items.0.id`); undefined when the event has none at one of them. */
export function textsAt(event: Json, paths: string[]): string[] | undefined {
  const texts: string[] = [];
  for (const path of paths) {
    const text = comparableText(valueAt(event, path));
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

function valueAt(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, Json>)[name];
  }
  return value;
}
