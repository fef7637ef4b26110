// The steps of a flow as a tree of places, made from whatever the author wrote. It tolerates every mistake, so that all
// checks can look at the same tree; it reports none.
import type { Json, JsonObject } from '../../workflows/definition.ts';
import { STEP_TYPES } from '../../workflows/steps/index.ts';
import { UNDO_BLOCK } from '../../workflows/run-path.ts';
import type { Field, StepType } from '../../workflows/steps/step.ts';
import { stepDepthMax } from './limits.ts';
import type { Path } from './yaml-node.ts';

/** A list of steps. */
export interface Block {
  path: Path;
  steps: StepNode[];
  /** The step that it is part of; none for the flow's own lists. */
  owner?: StepNode;
  /** The owner's field that holds it, or `steps`, `catch`, `finally` of the flow. */
  field: string;
  /** Declared by the owner's verb. */
  binds: string[];
  /** Whether it is run again and again, and whose ids its steps have then. */
  iterated: Field['iterated'];
  /** It runs beside its siblings, or beside other iterations of itself. */
  concurrent: boolean;
}

/** One step, however broken. */
export interface StepNode {
  path: Path;
  raw: JsonObject;
  block: Block;
  /** Verbs that it names; exactly one when it is right. */
  verbs: string[];
  type?: StepType;
  blocks: Block[];
}

/** True for a map. */
export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The flow's list in which a step stands, however deep. */
export function rootBlock(step: StepNode): Block {
  let block = step.block;
  while (block.owner !== undefined) block = block.owner.block;
  return block;
}

/** The block of steps that undo some step, of those around a step; the innermost. */
export function undoAround(step: StepNode | undefined): Block | undefined {
  for (let block = step?.block; block !== undefined; block = block.owner?.block)
    if (block.field === UNDO_BLOCK) return block;
  return undefined;
}

/** The flow's lists of steps: `steps`, `catch`, `finally`. */
export function stepTree(flow: JsonObject): Block[] {
  const blocks: Block[] = [];
  for (const [field, binds] of Object.entries({ steps: [], catch: ['error'], finally: [] })) {
    if (flow[field] === undefined) continue;
    blocks.push(blockOf(flow[field], [field], { field, binds, iterated: undefined, concurrent: false }, 0));
  }
  return blocks;
}

/** All steps in source order, outer before inner. */
export function* allSteps(blocks: Block[]): Generator<StepNode> {
  for (const block of blocks) {
    for (const step of block.steps) {
      yield step;
      yield* allSteps(step.blocks);
    }
  }
}

/** The name of a verb's own fields: `if` guards a step unless it is the verb, and a list in `undo` undoes it. */
export function verbsOf(raw: JsonObject): string[] {
  const named = Object.keys(raw).filter((key) => STEP_TYPES.has(key) && !isUndoList(key, raw[key]));
  const others = named.filter((key) => key !== 'if');
  const decides = 'then' in raw || 'else' in raw || others.length === 0;
  return decides ? named : others;
}

function isUndoList(key: string, value: Json | undefined): boolean {
  return key === UNDO_BLOCK && Array.isArray(value);
}

type BlockParts = Omit<Block, 'path' | 'steps'>;

function blockOf(value: Json | undefined, path: Path, parts: BlockParts, depth: number): Block {
  const block: Block = { path, steps: [], ...parts };
  if (!Array.isArray(value) || depth > stepDepthMax) return block;
  for (const [index, raw] of value.entries()) {
    if (!isObject(raw)) continue;
    const verbs = verbsOf(raw);
    const step: StepNode = { path: [...path, index], raw, block, verbs, blocks: [] };
    const only = verbs.length === 1 ? verbs[0] : undefined;
    if (only !== undefined) step.type = STEP_TYPES.get(only);
    for (const verb of verbs) addBlocks(step, STEP_TYPES.get(verb)!.fields, raw, step.path, depth + 1);
    if (Array.isArray(raw[UNDO_BLOCK])) {
      const undo: BlockParts = { owner: step, field: UNDO_BLOCK, binds: [], iterated: undefined, concurrent: false };
      step.blocks.push(blockOf(raw[UNDO_BLOCK], [...step.path, UNDO_BLOCK], undo, depth + 1));
    }
    block.steps.push(step);
  }
  return block;
}

/** Adds the blocks in these fields of a step, whose values stand at `around`. */
function addBlocks(
  step: StepNode,
  fields: Record<string, Field>,
  values: JsonObject,
  around: Path,
  depth: number,
): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    const path = [...around, name];
    const parts = partsOf(step, name, field);
    if (field.kind === 'steps' && value !== undefined) step.blocks.push(blockOf(value, path, parts, depth));
    if (field.kind === 'group' && isObject(value)) addBlocks(step, field.fields ?? {}, value, path, depth);
    if (field.kind === 'branches' && isObject(value)) {
      for (const [branch, list] of Object.entries(value)) {
        step.blocks.push(blockOf(list, [...path, branch], { ...parts, concurrent: true }, depth));
      }
    }
    if (field.kind === 'cases' && Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        if (isObject(item)) step.blocks.push(blockOf(item['steps'], [...path, index, 'steps'], parts, depth));
      }
    }
  }
}

function partsOf(step: StepNode, name: string, field: Field): BlockParts {
  const { iterated } = field;
  const atOnce = step.raw['max_parallel'];
  const concurrent = iterated === 'each' && atOnce !== undefined && atOnce !== 1;
  return { owner: step, field: name, binds: bindsOf(step, field), iterated, concurrent };
}

/** Roots that a field binds, with the author's own name for the item. */
export function bindsOf(step: StepNode, field: Field): string[] {
  const binds = field.binds ?? [];
  const name = step.raw['as'];
  return binds.includes('item') && typeof name === 'string' ? [...binds, name] : binds;
}
