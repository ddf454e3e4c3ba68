/** One folder of a build: its objects are read, generated, transformed, and merged into those of the folder that names it. */
import { Fault } from '../runtime/mod.ts';
import { builtInSteps, specsAt } from './builtin-steps.ts';
import { readConfiguration } from './configuration.ts';
import { configOfCrds, plain } from './crds.ts';
import { failure, KustomizeError, prefixed, within } from './errors.ts';
import { generateConfigMap, generateSecret, mergeOptions } from './generators.ts';
import type { Sha256 } from './hash.ts';
import { fileNames, readKustomization, yamlValue } from './kustomization.ts';
import type { Kustomization } from './kustomization.ts';
import type { FileSource, Loader, LoadRestriction } from './loader.ts';
import { updateNameReferences } from './name-reference.ts';
import {
  addTransformation,
  configuredBy,
  noOrigin,
  originAt,
  originOfPlugin,
  printOrigin,
  readOrigin,
  writeOrigin,
} from './origin.ts';
import type { Origin } from './origin.ts';
import { describeMalformed } from './patches.ts';
import { pluginGenerator, pluginTransform, validate } from './plugins.ts';
import { goodOnes, isMalformed, readObjects } from './read.ts';
import { originKey, Resource } from './resource.ts';
import { ResourceList } from './resource-list.ts';
import { allSchemas, builtInSchemas, schemasOfDocument } from './schema.ts';
import type { Schemas } from './schema.ts';
import { defaultConfig, emptyConfig, mergeConfigs } from './transformer-config.ts';
import type { TransformerConfig } from './transformer-config.ts';
import { hashTransform, metadataTransform } from './transformers.ts';
import type { Transform } from './transformers.ts';
import { addVariables, describeVariables, mergeVariables, resolveVariables } from './vars.ts';
import type { Variables } from './vars.ts';

export interface BuildOptions {
  files: FileSource;
  /** Absolute path of the folder. */
  path: string;
  sha256: Sha256;
  /** Whether files outside of the folder of a kustomization may be named; default `rootOnly`. Folders always may. */
  loadRestriction?: LoadRestriction;
  /** How objects are sorted when the kustomization does not say; default `legacy`, as the program does it. */
  order?: 'legacy' | 'none';
  /** Hears of deprecated fields and unused vars. */
  warn?: (message: string) => void;
  /** What `managedByLabel` says; default `kustomize-v5.7.1`. */
  managedBy?: string;
}

/** State of one build. */
export interface Session {
  options: BuildOptions;
  schemas: Schemas;
  /** A schema was chosen; those of other folders do not count. */
  schemaIsSet: boolean;
  warn: (message: string) => void;
}

interface Accumulated {
  resources: ResourceList;
  config: TransformerConfig;
  variables: Variables;
}

/** Custom types of objects; at the top they replace the built-in ones, below they come beside them. */
export function setSchema(
  session: Session,
  kustomization: Kustomization,
  loader: Loader,
  isTop: boolean,
): void {
  const path = kustomization.openapi?.get('path');
  const content = path === undefined ? undefined : loader.load(path);
  if (session.schemaIsSet && !isTop) return;
  const version = kustomization.openapi?.get('version');
  if (content !== undefined) {
    if (version !== undefined) {
      throw failure('builtin version and custom schema provided, cannot use both');
    }
    const custom = schemasOfDocument(plain(yamlValue(content)), !isTop);
    session.schemas = isTop ? custom : allSchemas(custom, builtInSchemas);
    session.schemaIsSet = true;
  } else if (version !== undefined && version !== '') {
    if (version !== 'v1.21.2') {
      throw failure('the specified OpenAPI version is not built in');
    }
    session.schemas = builtInSchemas;
    session.schemaIsSet = true;
  }
}

/** One folder with a kustomization file. */
export class Target {
  readonly kustomization: Kustomization;
  private readonly session: Session;
  private readonly loader: Loader;
  private readonly fileName: string;
  /** What the folder at the top says. */
  private buildMetadata: readonly string[];
  /** Set when origins are to be noted. */
  private origin: Origin | undefined;

  private constructor(
    session: Session,
    loader: Loader,
    kustomization: Kustomization,
    fileName: string,
  ) {
    this.session = session;
    this.loader = loader;
    this.kustomization = kustomization;
    this.fileName = fileName;
    this.buildMetadata = kustomization.buildMetadata ?? [];
  }

  static load(session: Session, loader: Loader): Target {
    const found = fileNames.flatMap((name) => {
      const content = loader.tryLoad(name);
      return content === undefined ? [] : [{ name, content }];
    });
    const [file, ...more] = found;
    if (file === undefined) {
      throw failure(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${loader.root}'`,
      );
    }
    if (more.length > 0) {
      throw failure(`Found multiple kustomization files under: ${loader.root}\n`);
    }
    const kustomization = readKustomization(file.content, loader.root, session.warn);
    return new Target(session, loader, kustomization, file.name);
  }

  /** Everything that happens once, at the top: hashes, references, vars. */
  finish(): ResourceList {
    const { session } = this;
    this.origin = this.buildMetadata.length > 0 ? noOrigin : undefined;
    const { resources, config, variables } = this.accumulate(emptyAccumulated());
    hashTransform(session.options.sha256)(resources);
    updateNameReferences(resources, config.nameReference);
    resolveVariables(resources, variables, config.varReference, session.warn);
    resources.reset(resources.resources.filter((resource) => !isLocal(resource)));
    return resources;
  }

  private accumulate(start: Accumulated): Accumulated {
    const { kustomization: k, loader } = this;
    let state = within('accumulating resources', () => this.addResources(start, k.resources ?? []));
    const configured = (k.configurations ?? []).reduce(
      (config, path) => mergeConfigs(config, readConfiguration(loader.load(path))),
      emptyConfig,
    );
    const config = mergeConfigs(
      mergeConfigs(state.config, mergeConfigs(defaultConfig, configured)),
      within(`loading CRDs [${(k.crds ?? []).join(' ')}]`, () =>
        configOfCrds(k.crds ?? [], loader),
      ),
    );
    state = { ...state, config };
    this.generate(state.resources);
    state = within('accumulating components', () => this.addComponents(state, k.components ?? []));
    this.transform(state);
    this.validate(state.resources);
    const variables = within(`merging vars ${describeVariables(k.vars ?? [])}`, () =>
      addVariables(state.variables, k.vars ?? [], state.resources),
    );
    return { ...state, variables };
  }

  private addResources(start: Accumulated, paths: readonly string[]): Accumulated {
    let state = start;
    for (const path of paths) {
      try {
        this.addFile(state.resources, path);
      } catch (thrown) {
        if (!(thrown instanceof Fault) || isRefusal(thrown)) throw thrown;
        state = this.addFolder(state, path, thrown);
      }
    }
    return state;
  }

  private addFile(resources: ResourceList, path: string): void {
    const read = within(`accumulating resources from '${path}'`, () => readFile(this.loader, path));
    if (this.origin !== undefined) {
      const written = printOrigin(originAt(this.origin, path));
      for (const resource of read) {
        metadataTransform(
          new Map([[originKey, written]]),
          specsAt('metadata/annotations'),
        )(new ResourceList([resource]));
      }
    }
    within(`merging resources from '${path}'`, () => {
      resources.appendAll(read);
    });
  }

  /** A resource that is no file is a folder; the fault of the file is told when it is none either. */
  private addFolder(state: Accumulated, path: string, fileFault: Fault): Accumulated {
    const prefix = `accumulation err='${fileFault.message}'`;
    let loader: Loader;
    try {
      loader = this.loader.enter(path);
    } catch (thrown) {
      // A clone that takes too long tells that there is a repository, whatever the address answers to a GET.
      const isTimeout = thrown instanceof KustomizeError && thrown.reason === 'TimedOut';
      if (isMalformed(fileFault) && thrown instanceof Fault && !isTimeout) throw fileFault;
      throw prefixed(prefix, thrown);
    }
    return within(prefix, () => this.at(path, () => this.addDirectory(state, loader, false)));
  }

  private addComponents(start: Accumulated, paths: readonly string[]): Accumulated {
    let state = start;
    for (const path of paths) {
      const loader = quoted('loader.New ', () => this.loader.enter(path));
      state = quoted('accumulateDirectory: ', () =>
        this.at(path, () => this.addDirectory(state, loader, true)),
      );
    }
    return state;
  }

  /** Runs a step with the origin moved to a path. */
  private at<T>(path: string, step: () => T): T {
    const before = this.origin;
    if (before !== undefined) this.origin = originAt(before, path);
    try {
      return step();
    } finally {
      this.origin = before;
    }
  }

  private addDirectory(state: Accumulated, loader: Loader, isComponent: boolean): Accumulated {
    const { session } = this;
    const target = within(`couldn't make target for path '${loader.root}'`, () =>
      Target.load(session, loader),
    );
    target.buildMetadata = this.buildMetadata;
    target.origin = this.origin;
    setSchema(session, target.kustomization, loader, false);
    const { kind } = target.kustomization;
    if (isComponent && kind !== 'Component') {
      throw failure(`expected kind 'Component' for path '${loader.root}' but got '${kind}'`);
    }
    if (!isComponent && kind === 'Component') {
      throw failure(`expected kind != 'Component' for path '${loader.root}'`);
    }
    const below = within(`recursed accumulation of path '${loader.root}'`, () =>
      target.accumulate(isComponent ? state : emptyAccumulated()),
    );
    if (isComponent) return below;
    return within(`recursed merging from path '${loader.root}'`, () => {
      state.resources.appendAll(below.resources.resources);
      return {
        resources: state.resources,
        config: mergeConfigs(state.config, below.config),
        variables: mergeVariables(state.variables, below.variables.values()),
      };
    });
  }

  private generate(resources: ResourceList): void {
    const { kustomization: k, loader } = this;
    if ((k.helmCharts ?? []).length > 0) {
      throw new KustomizeError(
        'PluginRefused',
        'helmCharts are refused: a HelmRelease installs a chart, a build does not run Helm',
      );
    }
    const sets: { make: () => Resource[]; origin: Origin | undefined }[] = [];
    for (const args of k.configMapGenerator ?? []) {
      const options = mergeOptions(args.options, k.generatorOptions);
      sets.push({
        make: () => [generateConfigMap({ ...args, options }, loader)],
        origin: this.builtinOrigin('ConfigMapGenerator'),
      });
    }
    for (const args of k.secretGenerator ?? []) {
      const options = mergeOptions(args.options, k.generatorOptions);
      sets.push({
        make: () => [generateSecret({ ...args, options }, loader)],
        origin: this.builtinOrigin('SecretGenerator'),
      });
    }
    within('loading generator plugins', () => {
      for (const config of this.plugins(k.generators ?? [])) {
        const make = within('failed to load generator', () => pluginGenerator(config, loader));
        sets.push({ make, origin: originOfPlugin(config) });
      }
    });
    for (const { make, origin } of sets) {
      const made = make();
      for (const resource of made) {
        if (origin !== undefined && readOrigin(resource) === undefined) {
          writeOrigin(resource, origin);
        }
      }
      within('merging from generator', () => {
        resources.absorb(made);
      });
    }
  }

  private builtinOrigin(kind: string): Origin | undefined {
    if (this.origin === undefined) return undefined;
    const type = { apiVersion: 'builtin', kind, name: '', namespace: '' };
    return configuredBy(this.origin, this.fileName, type);
  }

  /** Objects that configure plugins, in place or from files and folders. */
  private plugins(listed: readonly string[]): readonly Resource[] {
    const state = emptyAccumulated();
    const paths: string[] = [];
    for (const each of listed) {
      const inline = readInline(each);
      if (inline === undefined) {
        paths.push(each);
        continue;
      }
      for (const resource of inline) {
        if (this.origin !== undefined) {
          writeOrigin(resource, originAt(this.origin, this.fileName));
        }
      }
      state.resources.appendAll(inline);
    }
    return this.addResources(state, paths).resources.resources;
  }

  private transform(state: Accumulated): void {
    const { resources } = state;
    const tools = this.tools();
    const steps: { transform: Transform; origin: Origin | undefined }[] = [
      ...builtInSteps(this.kustomization, state.config, tools).map(({ kind, transform }) => ({
        transform,
        origin: this.builtinOrigin(kind),
      })),
      ...this.plugins(this.kustomization.transformers ?? []).map((config) => ({
        transform: pluginTransform(config, tools),
        origin: originOfPlugin(config),
      })),
    ];
    for (const { transform, origin } of steps) {
      transform(resources);
      if (origin !== undefined) {
        for (const resource of resources.resources) {
          if (!resource.isGone) addTransformation(resource, origin);
        }
      }
      resources.dropEmpty();
    }
  }

  private tools() {
    const { session, loader } = this;
    return { loader, schemas: () => session.schemas, sha256: session.options.sha256 };
  }

  private validate(resources: ResourceList): void {
    const tools = this.tools();
    const configs = this.plugins(this.kustomization.validators ?? []);
    validate(
      resources,
      configs.map((config) => pluginTransform(config, tools)),
    );
  }
}

function emptyAccumulated(): Accumulated {
  return { resources: new ResourceList(), config: emptyConfig, variables: new Map() };
}

function readFile(loader: Loader, path: string): Resource[] {
  const content = loader.load(path);
  try {
    return readObjects(content).map((node) => new Resource(node));
  } catch (thrown) {
    throw thrown instanceof Fault ? describeMalformed(thrown, path) : thrown;
  }
}

function readInline(text: string): Resource[] | undefined {
  try {
    return new ResourceList(readObjects(text).map((node) => new Resource(node))).resources.slice();
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

/** Objects for tools of the build only. */
function isLocal(resource: Resource): boolean {
  if (resource.isGone) return true;
  goodOnes([resource.root]);
  const local = resource.annotation('config.kubernetes.io/local-config');
  return local !== undefined && local !== 'false';
}

function isRefusal(fault: Fault): boolean {
  return fault instanceof KustomizeError && fault.reason !== 'BuildFailed';
}

/** The original prints these faults in Go's quotes. */
function quoted<T>(prefix: string, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (!(thrown instanceof KustomizeError)) throw thrown;
    throw new KustomizeError(thrown.reason, `${prefix}${JSON.stringify(thrown.message)}`, {
      cause: thrown,
    });
  }
}
