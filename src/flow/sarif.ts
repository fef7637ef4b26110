// Problems as a SARIF 2.1.0 log (OASIS Standard, "Static Analysis Results Interchange Format"), for code scanning in CI.
// Text only: it names files as they were given and reads nothing.
import type { JsonObject } from '../../workflows/definition.ts';
import type { Problem } from './catalog.ts';
import { helpOf, problemCodes, type ProblemCode } from './problem-codes.ts';

/** The schema that the log follows, as the standard names it. */
const SARIF_SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** The log of one check. `version` is Hookline's own. Places count from 1, columns in UTF-16 units. */
export function sarifLog(problems: Problem[], version: string): JsonObject {
  const codes = Object.keys(problemCodes) as ProblemCode[];
  return {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'hookline', version, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => resultOf(problem, codes.indexOf(problem.code as ProblemCode))),
      },
    ],
  };
}

function ruleOf(code: ProblemCode): JsonObject {
  const { severity, meaning, remedy } = problemCodes[code];
  return {
    id: code,
    shortDescription: { text: meaning },
    help: { text: `${remedy} See ${helpOf(code)}.` },
    defaultConfiguration: { level: severity },
  };
}

function resultOf(problem: Problem, ruleIndex: number): JsonObject {
  const { code, severity, message, hint, line, column, length, sourceLine } = problem;
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: artifactOf(problem.file),
          region: { startLine: line, startColumn: column, endColumn: column + length },
          contextRegion: { startLine: line, snippet: { text: sourceLine } },
        },
      },
    ],
  };
}

/** A relative path belongs to the checked-out sources; an absolute one stands for itself. */
function artifactOf(file: string): JsonObject {
  const uri = file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  if (file.startsWith('/')) return { uri: `file://${uri}` };
  return { uri: uri.replace(/^(\.\/)+/, ''), uriBaseId: '%SRCROOT%' };
}
