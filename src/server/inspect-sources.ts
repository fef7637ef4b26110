// Every source as an author has to see it: where to point the sender, who listens, what is missing. Names of secrets, never values,
// but for the one that a third party told and the author has to set.
import type { Catalog, Problem, Source } from '../flow/catalog.ts';
import type { Store } from '../inbox/store.ts';
import { findProvider } from '../providers/index.ts';
import type { SecretLookup } from '../secrets.ts';
import { sourceCompiler } from './compiled-source.ts';
import { introductionName } from './introductions.ts';

/** A flow that listens: `events` null takes every type. */
export interface ListenerView {
  flow: string;
  events: string[] | null;
  if: string | null;
}

/** The secret that the third party told by its first request, and what to do with it. */
export interface IntroductionView {
  token: string;
  todo: string;
}

export interface SourceView {
  name: string;
  url: string;
  /** The provider's name in YAML and the third party's own; null for a source whose document has errors. */
  provider: string | null;
  title: string | null;
  methods: string[];
  flows: ListenerView[];
  secrets: { name: string; set: boolean }[];
  retired: boolean;
  broken: boolean;
  /** Why it is broken, or what keeps it from verifying. */
  problems: string[];
  /** `FILE:LINE`, null for a source whose document has errors. */
  declared: string | null;
  introduction: IntroductionView | null;
}

export interface SourcesPart {
  catalog(): Catalog;
  secrets: SecretLookup;
  /** Without a trailing slash. */
  publicUrl(): string;
  /** Absent where only the files are known. */
  store?: Pick<Store, 'get'>;
}

/** Problems shown of one broken source; `hookline validate` shows all. */
const PROBLEMS_MAX = 5;

/** All sources by name, broken ones too. */
export async function sourceViews(part: SourcesPart): Promise<SourceView[]> {
  const catalog = part.catalog();
  const sound = await Promise.all([...catalog.sources.values()].map((source) => soundView(part, catalog, source)));
  const broken = [...catalog.brokenSources].map((name) => brokenView(part, catalog, name));
  return [...sound, ...broken].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function soundView(part: SourcesPart, catalog: Catalog, source: Source): Promise<SourceView> {
  const { name, auth } = source;
  const provider = findProvider(auth.provider);
  const secrets = secretNames(source).map((secret) => ({ name: secret, set: part.secrets(secret) !== undefined }));
  const unusable = whyUnusable(part, source);
  const problems = unusable === undefined ? [] : [unusable];
  const noneSet = !auth.secrets.some((secret) => part.secrets(secret) !== undefined);
  if (provider?.needsSecret === true && noneSet) {
    const names = auth.secrets.map((secret) => `HOOKLINE_SECRET_${secret}`).join(' or ');
    problems.push(`no secret is set, so every request is refused: set ${names}`);
  }
  return {
    name,
    url: source.publicUrl ?? `${part.publicUrl()}/hooks/${name}`,
    provider: auth.provider,
    title: provider?.title ?? null,
    methods: source.methods ?? ['POST'],
    flows: listeners(catalog, name),
    secrets,
    retired: source.retired,
    broken: unusable !== undefined,
    problems,
    declared: `${source.file}:${source.line}`,
    introduction: await introductionView(part, source),
  };
}

function brokenView(part: SourcesPart, catalog: Catalog, name: string): SourceView {
  return {
    name,
    url: `${part.publicUrl()}/hooks/${name}`,
    provider: null,
    title: null,
    methods: [],
    flows: listeners(catalog, name),
    secrets: [],
    retired: false,
    broken: true,
    problems: problemsOf(catalog, catalog.brokenIn?.get(name)),
    declared: null,
    introduction: null,
  };
}

/** The errors of the file that declares it; where that is not known, of all files. */
function problemsOf(catalog: Catalog, file: string | undefined): string[] {
  const errors = catalog.problems.filter((problem) => problem.severity === 'error');
  return errors
    .filter((problem) => file === undefined || problem.file === file)
    .slice(0, PROBLEMS_MAX)
    .map(problemText);
}

function problemText({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** Secrets that verify, then those that settings name. */
function secretNames({ auth }: Source): string[] {
  const named = (findProvider(auth.provider)?.secretSettings ?? []).flatMap((setting) => {
    const name = auth.settings[setting];
    return typeof name === 'string' ? [name] : [];
  });
  return [...new Set([...auth.secrets, ...named])];
}

function whyUnusable({ secrets }: SourcesPart, source: Source): string | undefined {
  let why: string | undefined;
  sourceCompiler(secrets, (_source, error) => (why = error.message))(source);
  return why;
}

function listeners(catalog: Catalog, source: string): ListenerView[] {
  return [...catalog.flows.values()].flatMap(({ definition, triggers }) =>
    triggers
      .filter((trigger) => trigger.kind === 'webhook' && trigger.source === source)
      .map((trigger) => ({ flow: definition.flow, events: trigger.events ?? null, if: trigger.if ?? null })),
  );
}

async function introductionView(
  { store, secrets }: SourcesPart,
  { name, auth }: Source,
): Promise<IntroductionView | null> {
  const token = (await store?.get(introductionName(name))) ?? null;
  const [secret] = auth.secrets;
  // Once it is set there is nothing left to do, and no reason to show it.
  if (token === null || secret === undefined || auth.secrets.some((each) => secrets(each) === token)) return null;
  const title = findProvider(auth.provider)?.title ?? auth.provider;
  const todo = `If it was you who just set this source up at ${title}: paste the token there where it asks for it, set HOOKLINE_SECRET_${secret} to it, and restart.`;
  return { token, todo };
}
