/** Commit messages from Go templates over what has changed (image-automation-controller internal/source). */
import { hostCapabilities } from '../../lib/helm/host/mod.ts';
import { createFunctions } from '../../lib/helm/sprig/mod.ts';
import { createTemplateSet } from '../../lib/helm/template/mod.ts';
import type { Struct, TemplateFunction, TemplateFunctions } from '../../lib/helm/template/mod.ts';
import { GoObject, GoSlice, GoTypedMap } from '../../lib/helm/values/mod.ts';
import type { GoValue } from '../../lib/helm/values/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { byObject, distinct } from './changes.ts';
import type { Change, ChangedObject, FileChanges } from './changes.ts';
import { failing, stalling } from './failure.ts';

export interface MessageFacts {
  namespace: string;
  name: string;
  files: readonly FileChanges[];
  values: Readonly<Record<string, string>>;
}

const defaultTemplate = 'Update from image update automation';
const documentation =
  'https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template';

/** Functions whose result depends on where or when they run, and those that Helm has added to sprig. */
const unwanted =
  /^(date|date_in_zone|date_modify|now|htmlDate|htmlDateInZone|dateInZone|dateModify|randAlphaNum|randAlpha|randAscii|randNumeric|randBytes|uuidv4|env|expandenv|getHostByName|.*(Yaml|Toml).*)$/;

/** @throws ImageFailure `RemovedTemplateField` for what templates no longer have; `GitOperationFailed` for other mistakes */
export function writeMessage(
  template: string | undefined,
  facts: MessageFacts,
  clock: Clock,
): string {
  const functions: TemplateFunctions = Object.fromEntries(
    Object.entries(createFunctions(hostCapabilities(clock))).filter(
      ([name]) => !unwanted.test(name),
    ),
  );
  const set = createTemplateSet({ functionNames: Object.keys(functions) });
  const name = 'commit message';
  const failed = (why: string, cause: unknown) =>
    failing('GitOperationFailed', `failed to update source: ${why}: ${messageOf(cause)}`, cause);
  try {
    set.parse(name, template ?? defaultTemplate);
  } catch (cause) {
    throw failed('unable to create commit message template from spec', cause);
  }
  try {
    return set.execute(name, dataOf(facts), functions);
  } catch (cause) {
    const message = messageOf(cause);
    if (message.includes("can't evaluate field Updated in type source.TemplateData"))
      throw stalling(
        'RemovedTemplateField',
        `template uses removed '.Updated' field. Please use '.Changed' instead. See: ${documentation}`,
        cause,
      );
    if (message.includes("can't evaluate field ImageResult in type update.Result"))
      throw stalling(
        'RemovedTemplateField',
        `template uses removed '.Changed.ImageResult' field. Please use '.Changed.FileChanges' or '.Changed.Objects' instead. See: ${documentation}`,
        cause,
      );
    throw failed('failed to run template from spec', cause);
  }
}

/** Named fields, and perhaps methods without arguments. */
class Fielded extends GoObject implements Struct {
  readonly goType: string;
  readonly #fields: readonly (readonly [string, GoValue])[];
  readonly #methods: Readonly<Record<string, () => GoValue>>;
  readonly #text: string | undefined;

  constructor(
    goType: string,
    fields: Readonly<Record<string, GoValue>>,
    methods: Readonly<Record<string, () => GoValue>> = {},
    text?: string,
  ) {
    super();
    this.goType = goType;
    this.#fields = Object.entries(fields);
    this.#methods = methods;
    this.#text = text;
  }

  goFields(): readonly (readonly [string, GoValue])[] {
    return this.#fields;
  }

  goField(name: string): GoValue | undefined {
    return this.#fields.find(([each]) => each === name)?.[1];
  }

  goMethod(name: string): TemplateFunction | undefined {
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
    return method === undefined ? undefined : { params: [], rest: undefined, call: () => method() };
  }

  printed(): string | undefined {
    return this.#text;
  }

  override toString(): string {
    return this.#text ?? '';
  }
}

/** A map whose keys are objects. */
class ObjectChanges extends GoObject implements Struct {
  readonly goType = 'update.ObjectChanges';
  readonly #entries: readonly (readonly [GoValue, GoValue])[];

  constructor(entries: readonly (readonly [GoValue, GoValue])[]) {
    super();
    this.#entries = entries;
  }

  goEntries(): readonly (readonly [GoValue, GoValue])[] {
    return this.#entries;
  }
}

const changeOf = ({ oldValue, newValue, setter }: Change): GoValue =>
  new Fielded('update.Change', { OldValue: oldValue, NewValue: newValue, Setter: setter });

const changesOf = (changes: readonly Change[]): GoValue =>
  new GoSlice('[]update.Change', changes.map(changeOf));

const identifierOf = ({ apiVersion, kind, namespace, name }: ChangedObject): GoValue =>
  new Fielded('update.ObjectIdentifier', {
    Name: name,
    Namespace: namespace,
    APIVersion: apiVersion,
    Kind: kind,
  });

const objectsOf = (changes: FileChanges['changes']): GoValue =>
  new ObjectChanges(
    byObject(changes).map(({ object, changes: own }) => [identifierOf(object), changesOf(own)]),
  );

function dataOf({ namespace, name, files, values }: MessageFacts): GoValue {
  const all = files.flatMap(({ changes }) => changes);
  const fileChanges = new GoTypedMap(
    'map[string]update.ObjectChanges',
    new Map(files.map(({ file, changes }) => [file, objectsOf(changes)])),
  );
  return new Fielded('source.TemplateData', {
    AutomationObject: new Fielded(
      'types.NamespacedName',
      { Namespace: namespace, Name: name },
      { String: () => `${namespace}/${name}` },
      `${namespace}/${name}`,
    ),
    Changed: new Fielded(
      'update.Result',
      { FileChanges: fileChanges },
      { Changes: () => changesOf(distinct(all)), Objects: () => objectsOf(all) },
    ),
    Values: new GoTypedMap('map[string]string', new Map(Object.entries(values))),
  });
}
