// Which pages have generated parts, and what generates them. `npm run docs` writes them; a test fails when they drift.
import { expressionErrorReference, expressionReference } from '../../workflows/expression/reference.ts';
import { settingsReference } from '../config.ts';
import { loadErrorReference, runErrorReference } from '../flow/error-reference.ts';
import * as fields from '../flow/field-reference.ts';
import { commandList, commandReference } from './command-reference.ts';
import { connectorReference } from './connector-reference.ts';
import { recipeList, recipeReference } from './cookbook.ts';
import { expressionLimitReference, loadLimitReference, runLimitReference } from './limit-reference.ts';
import { providerList, providerReference } from './provider-reference.ts';
import { refusalReference } from './refusal-reference.ts';
import { verbList, verbReference } from './verb-reference.ts';

/** Page (below docs/) → region name → generator. */
export const generatedPages: Record<string, Record<string, () => string>> = {
  '../README.md': { commands: commandList },
  'commands.md': { commands: commandReference },
  'configuration.md': { settings: settingsReference },
  'cookbook.md': { 'recipe-list': recipeList, recipes: recipeReference },
  'connectors.md': { connectors: connectorReference },
  'errors.md': { 'load-errors': loadErrorReference, 'run-errors': runErrorReference, refusals: refusalReference },
  'expressions.md': {
    limits: expressionLimitReference,
    functions: expressionReference,
    'expression-errors': expressionErrorReference,
  },
  'flow-language.md': {
    'flow-fields': fields.flowFieldReference,
    'source-fields': fields.sourceFieldReference,
    'trigger-fields': fields.triggerFieldReference,
    'schedule-fields': fields.scheduleFieldReference,
    'connection-fields': fields.connectionFieldReference,
    'step-fields': fields.stepFieldReference,
    'retry-fields': fields.retryFieldReference,
    'verb-list': verbList,
    verbs: verbReference,
    'load-limits': loadLimitReference,
    'run-limits': runLimitReference,
  },
  'providers.md': { 'provider-list': providerList, providers: providerReference },
};
