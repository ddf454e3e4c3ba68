/** What templates see besides `.Values`: charts, files, the cluster, the release. */
import { isTrue } from '../template/mod.ts';
import type { ParamType, Struct, TemplateFunction } from '../template/mod.ts';
import { GoInt, GoObject, GoSlice, GoTypedMap, textOfBytes } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { JsonFields, toYaml } from '../yaml/mod.ts';
import type { Chart, ChartFile, ChartMetadata } from './chart.ts';
import type { Capabilities } from './default-capabilities.ts';
import { compileGlob } from './glob.ts';

const method = (
  params: readonly ParamType[],
  call: TemplateFunction['call'],
): TemplateFunction => ({ params, rest: undefined, call });

/** The struct that holds all fields but some. */
interface Embedded {
  name: string;
  goType: string;
  except: readonly string[];
}

/** A Go struct: fields by their Go names, methods, and how it prints. */
class GoStruct extends GoObject implements Struct {
  readonly goType: string;
  private readonly fields: GoMap;
  private readonly methods: Readonly<Record<string, TemplateFunction>>;
  private readonly text: string | undefined;
  private readonly embedded: Embedded | undefined;
  private readonly jsonNames: Readonly<Record<string, string>> | undefined;
  private readonly alwaysInJson: readonly string[];

  /** @param options.jsonNames of the fields that a JSON form names otherwise and leaves out when empty, but for some */
  constructor(
    goType: string,
    fields: GoMap,
    options: {
      methods?: Readonly<Record<string, TemplateFunction>>;
      /** What an action prints: the `String` method of the struct's pointer. */
      text?: string;
      embedded?: Embedded;
      jsonNames?: Readonly<Record<string, string>>;
      alwaysInJson?: readonly string[];
    } = {},
  ) {
    super();
    this.goType = goType;
    this.fields = fields;
    this.methods = options.methods ?? {};
    this.text = options.text;
    this.embedded = options.embedded;
    this.jsonNames = options.jsonNames;
    this.alwaysInJson = options.alwaysInJson ?? [];
  }

  goField(name: string): GoValue | undefined {
    return this.fields.get(name);
  }

  goMethod(name: string): TemplateFunction | undefined {
    return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
  }

  /** Fields of an embedded struct stand inside it here, though templates find them beside the others. */
  goFields(): readonly (readonly [string, GoValue])[] {
    if (this.embedded === undefined) return [...this.fields];
    const { name, goType, except } = this.embedded;
    const inner = new Map([...this.fields].filter(([field]) => !except.includes(field)));
    return [
      [name, new GoStruct(goType, inner)],
      ...[...this.fields].filter(([field]) => except.includes(field)),
    ];
  }

  printed(): string | undefined {
    return this.text;
  }

  copied(): GoObject {
    if (this.text === undefined) return this;
    const { methods, jsonNames, embedded } = this;
    return new GoStruct(this.goType, this.fields, {
      methods,
      ...(jsonNames === undefined ? {} : { jsonNames }),
      ...(embedded === undefined ? {} : { embedded }),
    });
  }

  toJsonValue(): JsonFields {
    const named = this.jsonNames;
    return new JsonFields(
      [...this.fields].flatMap(([name, value]) => {
        const jsonName = named?.[name];
        if (jsonName === undefined) return [[name, value] as const];
        const isShown = isTrue(value) || this.alwaysInJson.includes(name);
        return isShown ? [[jsonName, value] as const] : [];
      }),
    );
  }
}

/** The JSON names of the fields of a chart's metadata, its maintainers and dependencies; empty ones are left out. */
const metadataNames: Readonly<Record<string, string>> = Object.fromEntries(
  'Name Home Sources Version Description Keywords Maintainers Icon Condition Tags AppVersion Deprecated Annotations KubeVersion Dependencies Type Email Repository Enabled Alias'
    .split(' ')
    .map((name) => [name, name.charAt(0).toLowerCase() + name.slice(1)])
    .concat([
      ['APIVersion', 'apiVersion'],
      ['URL', 'url'],
      ['ImportValues', 'import-values'],
    ]),
);

const helmVersionNames: Readonly<Record<string, string>> = {
  Version: 'version',
  GitCommit: 'git_commit',
  GitTreeState: 'git_tree_state',
  GoVersion: 'go_version',
};

const texts = (items: readonly string[] | undefined) =>
  new GoSlice('[]string', items ?? [], items === undefined);

/** `.Chart`: the metadata under Go's field names. */
export function chartStruct(metadata: ChartMetadata, isRoot: boolean): GoObject {
  return new GoStruct(
    'struct { chart.Metadata; IsRoot bool }',
    new Map<string, GoValue>([
      ['Name', metadata.name],
      ['Home', metadata.home ?? ''],
      ['Sources', texts(metadata.sources)],
      ['Version', metadata.version],
      ['Description', metadata.description ?? ''],
      ['Keywords', texts(metadata.keywords)],
      [
        'Maintainers',
        new GoSlice(
          '[]*chart.Maintainer',
          (metadata.maintainers ?? []).map(
            ({ name = '', email = '', url = '' }) =>
              new GoStruct(
                '*chart.Maintainer',
                new Map([
                  ['Name', name],
                  ['Email', email],
                  ['URL', url],
                ]),
                { jsonNames: metadataNames },
              ),
          ),
          metadata.maintainers === undefined,
        ),
      ],
      ['Icon', metadata.icon ?? ''],
      ['APIVersion', metadata.apiVersion ?? ''],
      ['Condition', metadata.condition ?? ''],
      ['Tags', metadata.tags ?? ''],
      ['AppVersion', metadata.appVersion ?? ''],
      ['Deprecated', metadata.deprecated ?? false],
      [
        'Annotations',
        new GoTypedMap(
          'map[string]string',
          new Map(Object.entries(metadata.annotations ?? {})),
          metadata.annotations === undefined,
        ),
      ],
      ['KubeVersion', metadata.kubeVersion ?? ''],
      [
        'Dependencies',
        new GoSlice(
          '[]*chart.Dependency',
          (metadata.dependencies ?? []).map(
            (dependency) =>
              new GoStruct(
                '*chart.Dependency',
                new Map<string, GoValue>([
                  ['Name', dependency.name],
                  ['Version', dependency.version ?? ''],
                  ['Repository', dependency.repository ?? ''],
                  ['Condition', dependency.condition ?? ''],
                  ['Tags', texts(dependency.tags)],
                  ['Enabled', dependency.enabled ?? false],
                  ['ImportValues', importsOf(dependency.importValues)],
                  ['Alias', dependency.alias ?? ''],
                ]),
                { jsonNames: metadataNames, alwaysInJson: ['Repository'] },
              ),
          ),
          metadata.dependencies === undefined,
        ),
      ],
      ['Type', metadata.type ?? ''],
      ['IsRoot', isRoot],
    ]),
    {
      jsonNames: metadataNames,
      embedded: { name: 'Metadata', goType: 'chart.Metadata', except: ['IsRoot'] },
    },
  );
}

/** As they are once the chart's dependencies are processed: maps of texts. */
function importsOf(imports: readonly unknown[] | undefined): GoValue {
  if (imports === undefined) return new GoSlice('[]interface {}', [], true);
  return imports.map((each) =>
    each instanceof GoObject || typeof each === 'string' ? each : null,
  );
}

/** `.Capabilities`. */
export function capabilitiesStruct({
  kubeVersion,
  apiVersions,
  helmVersion,
}: Capabilities): GoObject {
  const known = new Set(apiVersions);
  const version = new GoStruct(
    'chartutil.KubeVersion',
    new Map([
      ['Version', kubeVersion.version],
      ['Major', kubeVersion.major],
      ['Minor', kubeVersion.minor],
    ]),
    {
      methods: {
        String: method([], () => kubeVersion.version),
        GitVersion: method([], () => kubeVersion.version),
      },
      text: kubeVersion.version,
    },
  );
  return new GoStruct(
    '*chartutil.Capabilities',
    new Map<string, GoValue>([
      ['KubeVersion', version],
      ['APIVersions', new VersionSet(apiVersions, known)],
      [
        'HelmVersion',
        new GoStruct(
          'version.BuildInfo',
          new Map([
            ['Version', helmVersion.version],
            ['GitCommit', helmVersion.gitCommit],
            ['GitTreeState', helmVersion.gitTreeState],
            ['GoVersion', helmVersion.goVersion],
          ]),
          { jsonNames: helmVersionNames },
        ),
      ],
    ]),
  );
}

class VersionSet extends GoSlice implements Struct {
  private readonly known: ReadonlySet<string>;

  constructor(versions: readonly string[], known: ReadonlySet<string>) {
    super('chartutil.VersionSet', versions);
    this.known = known;
  }

  goMethod(name: string): TemplateFunction | undefined {
    return name === 'Has'
      ? method(['string'], ([version]) => this.known.has(String(version as string)))
      : undefined;
  }
}

/** `.Files`: the files of a chart that are no templates, by name. */
export class Files extends GoTypedMap implements Struct {
  constructor(files: readonly ChartFile[]) {
    super('engine.files', new Map(files.map(({ name, data }) => [name, data])));
  }

  goMethod(name: string): TemplateFunction | undefined {
    return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined;
  }

  private bytes(name: GoValue | undefined): Uint8Array {
    const found = this.entries.get(String(name as string));
    return found instanceof Uint8Array ? found : new Uint8Array();
  }

  private byBaseName(encode: (data: Uint8Array) => string): GoMap {
    const names = [...this.entries.keys()].sort();
    return new Map(
      names.map((name) => [name.slice(name.lastIndexOf('/') + 1), encode(this.bytes(name))]),
    );
  }

  private readonly methods: Readonly<Record<string, TemplateFunction>> = {
    Get: method(['string'], ([name]) => decode(this.bytes(name))),
    GetBytes: method(['string'], ([name]) => this.bytes(name)),
    Glob: method(['string'], ([pattern]) => {
      const matches = compileGlob(String(pattern as string));
      const matching = [...this.entries].flatMap(([name, data]) =>
        data instanceof Uint8Array && matches(name) ? [{ name, data }] : [],
      );
      return new Files(matching);
    }),
    AsConfig: method([], () => toYaml(this.byBaseName(decode)).replace(/\n$/, '')),
    AsSecrets: method([], () => toYaml(this.byBaseName(base64)).replace(/\n$/, '')),
    Lines: method(['string'], ([name]) => {
      const data = this.bytes(name);
      if (data.length === 0) return new GoSlice('[]string', []);
      return new GoSlice('[]string', decode(data).replace(/\n$/, '').split('\n'));
    }),
  };
}

const decode = textOfBytes;

function base64(data: Uint8Array): string {
  let binary = '';
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary);
}

export interface ReleaseFacts {
  name: string;
  namespace: string;
  revision: number;
  isInstall: boolean;
  isUpgrade: boolean;
}

/** `.Release`. */
export function releaseMap(release: ReleaseFacts): GoMap {
  return new Map<string, GoValue>([
    ['Name', release.name],
    ['Namespace', release.namespace],
    ['IsUpgrade', release.isUpgrade],
    ['IsInstall', release.isInstall],
    ['Revision', GoInt.int(release.revision)],
    ['Service', 'Helm'],
  ]);
}

export const isLibrary = (chart: Chart): boolean =>
  chart.metadata.type?.toLowerCase() === 'library';
