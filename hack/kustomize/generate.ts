/** Random kustomizations: a base, sometimes a second one and a component, and an overlay that does everything to them. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify as write11 } from 'yaml';
import { randomObjects, randomName } from './objects.ts';
import { randomPatches } from './random-patches.ts';
import { Random } from './random.ts';

type Fields = Record<string, unknown>;

/** Quotes what YAML 1.1 takes for something else than a string. */
const stringify = (value: unknown): string => write11(value, { version: '1.1' });

/** Writes a kustomization to a new folder; the same seed gives the same files. */
export function writeRandomFolder(seed: number): { root: string; folder: string } {
  const random = new Random(seed);
  const root = mkdtempSync(path.join(tmpdir(), 'kustomize-random-'));
  const write = (name: string, content: string): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const bases = random.chance(0.3) ? ['base', 'other'] : ['base'];
  const objects = bases.flatMap((base) => writeBase(base, random, write));
  const overlay: Fields = {
    resources: bases.map((base) => `../${base}`),
    ...randomChanges('overlay', objects, random, write),
  };
  if (random.chance(0.2)) {
    write('component/kustomization.yaml', component(objects, random, write));
    overlay.components = ['../component'];
  }
  if (random.chance(0.3)) overlay.sortOptions = { order: random.pick(['fifo', 'legacy']) };
  if (random.chance(0.1)) {
    overlay.buildMetadata = random.some([
      'originAnnotations',
      'transformerAnnotations',
      'managedByLabel',
    ]);
  }
  write('overlay/kustomization.yaml', stringify(overlay));
  return { root, folder: path.join(root, 'overlay') };
}

type Write = (name: string, content: string) => void;

function writeBase(folder: string, random: Random, write: Write): Fields[] {
  const objects = randomObjects(random, folder);
  const files: string[] = [];
  objects.forEach((object, at) => {
    if (at > 0 && random.chance(0.4)) {
      const last = files.at(-1) ?? '';
      write(`${folder}/${last}`, '');
      return;
    }
    files.push(`r${at}.yaml`);
  });
  const groups = files.map(() => [] as string[]);
  objects.forEach((object, at) => {
    groups[at % groups.length]?.push(random.document(object));
  });
  files.forEach((file, at) => {
    write(`${folder}/${file}`, (groups[at] ?? []).join('---\n'));
  });
  const changes = random.chance(0.6) ? randomChanges(folder, objects, random, write) : {};
  const kustomization = { resources: files, ...changes };
  if (random.chance(0.5)) Object.assign(kustomization, generators(folder, objects, random, write));
  write(`${folder}/kustomization.yaml`, stringify(kustomization));
  return objects;
}

function component(objects: readonly Fields[], random: Random, write: Write): string {
  return stringify({
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    ...randomChanges('component', objects, random, write),
  });
}

function generators(
  folder: string,
  objects: readonly Fields[],
  random: Random,
  write: Write,
): Fields {
  const make = (kind: string): Fields => {
    const named = objects.find((object) => object.kind === kind);
    const name = random.chance(0.85) ? `gen-${folder}` : nameOf(named ?? {});
    const entry: Fields = { name };
    if (random.chance(0.7)) entry.literals = [`a=${random.text()}`, `b="${random.word()}"`];
    if (random.chance(0.4)) {
      write(`${folder}/app.properties`, `color=${random.word()}\n${random.text()}\n`);
      entry.files = random.chance(0.5) ? ['app.properties'] : ['k.txt=app.properties'];
    }
    if (random.chance(0.3)) {
      write(`${folder}/x.env`, `# comment\nONE=1\n  TWO=${random.text()}\nBARE\n\n`);
      entry.envs = ['x.env'];
    }
    if (random.chance(0.1)) entry.behavior = random.pick(['create', 'merge', 'replace']);
    if (random.chance(0.2)) entry.namespace = random.pick(['one', 'two']);
    if (random.chance(0.3)) {
      entry.options = {
        ...(random.chance(0.5) ? { disableNameSuffixHash: true } : {}),
        ...(random.chance(0.5) ? { labels: { gen: random.word() } } : {}),
        ...(random.chance(0.3) ? { immutable: true } : {}),
      };
    }
    return entry;
  };
  const fields: Fields = {};
  if (random.chance(0.8)) fields.configMapGenerator = [make('ConfigMap')];
  if (random.chance(0.5)) {
    fields.secretGenerator = [
      { ...make('Secret'), ...(random.chance(0.3) ? { type: 'x/y' } : {}) },
    ];
  }
  if (random.chance(0.2)) {
    fields.generatorOptions = { annotations: { note: random.text() }, labels: { gen: 'all' } };
  }
  return fields;
}

function nameOf(object: Fields): string {
  const { metadata } = object as { metadata?: { name?: string } };
  return metadata?.name ?? randomName(new Random(1));
}

function randomChanges(
  folder: string,
  objects: readonly Fields[],
  random: Random,
  write: Write,
): Fields {
  const fields: Fields = {};
  const add = (chance: number, key: string, make: () => unknown): void => {
    if (random.chance(chance)) fields[key] = make();
  };
  const pairs = (): Record<string, string> => ({
    [random.pick(['app', 'tier', 'example.com/part'])]: random.labelValue(),
    [random.pick(['env', 'app'])]: random.labelValue(),
  });
  add(0.3, 'namespace', () => random.pick(['one', 'two', 'default']));
  add(0.3, 'namePrefix', () => random.pick(['p-', 'dev-', '1']));
  add(0.3, 'nameSuffix', () => random.pick(['-s', '-v2', '-7']));
  add(0.25, 'commonLabels', pairs);
  add(0.3, 'labels', () => [
    {
      pairs: pairs(),
      ...(random.chance(0.3) ? { includeSelectors: true } : {}),
      ...(random.chance(0.3) ? { includeTemplates: true } : {}),
    },
  ]);
  add(0.25, 'commonAnnotations', () => ({ note: random.text(), 'example.com/x': random.word() }));
  add(0.4, 'images', () => [
    {
      name: random.pick(['nginx', 'registry:5000/app', 'example.com/team/app', 'busy.*']),
      ...(random.chance(0.5) ? { newName: random.pick(['mine', 'host:1/app']) } : {}),
      ...(random.chance(0.6) ? { newTag: random.pick(['1.2', '2', 'v1']) } : {}),
      ...(random.chance(0.2) ? { digest: 'sha256:abcdef' } : {}),
      ...(random.chance(0.2) ? { tagSuffix: '-x' } : {}),
    },
  ]);
  add(0.25, 'replicas', () => [{ name: nameOf(random.pick(objects)), count: random.int(5) }]);
  add(0.6, 'patches', () => randomPatches(folder, objects, random, write));
  add(0.2, 'replacements', () => replacements(objects, random));
  return fields;
}

function replacements(objects: readonly Fields[], random: Random): unknown[] {
  const [source, target] = [random.pick(objects), random.pick(objects)];
  return [
    {
      source: {
        kind: source.kind,
        name: nameOf(source),
        ...(random.chance(0.5)
          ? { fieldPath: random.pick(['metadata.name', 'metadata.labels.app', 'data.a']) }
          : {}),
        ...(random.chance(0.2) ? { options: { delimiter: '-', index: random.int(2) } } : {}),
      },
      targets: [
        {
          select: random.chance(0.5) ? { kind: target.kind } : { name: nameOf(target) },
          ...(random.chance(0.2) ? { reject: [{ name: nameOf(source) }] } : {}),
          fieldPaths: [
            random.pick([
              'metadata.labels.app',
              'metadata.annotations.[example.com/x]',
              'spec.template.spec.containers.[name=main].image',
              'spec.template.spec.containers.*.image',
              'spec.template.spec.containers.0.env.[name=A].value',
              'data.copied',
            ]),
          ],
          ...(random.chance(0.7)
            ? {
                options: {
                  ...(random.chance(0.8) ? { create: true } : {}),
                  ...(random.chance(0.3) ? { delimiter: ':', index: random.int(3) - 1 } : {}),
                },
              }
            : {}),
        },
      ],
    },
  ];
}
