/** The one-way import rule of docs/ARCHITECTURE.md, checked. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Longest prefix wins. `uses` lists the rooms whose doors may be imported, those within them too; `doors` single doors. A
 * room may always use itself.
 */
const rooms: Record<string, { uses: string[]; doors?: string[]; pure?: boolean }> = {
  'lib/runtime': { uses: [] },
  'lib/objects': { uses: ['lib/runtime'], pure: true },
  'lib/wire': { uses: ['lib/runtime', 'lib/objects'], pure: true },
  'lib/policy': { uses: ['lib/runtime', 'lib/objects'], pure: true },
  'lib/manifest': { uses: ['lib/runtime', 'lib/objects', 'lib/policy'], pure: true },
  'lib/helm/values': { uses: ['lib/runtime', 'lib/objects'], pure: true },
  'lib/helm/yaml': { uses: ['lib/runtime', 'lib/helm/values'], pure: true },
  'lib/helm/template': { uses: ['lib/runtime', 'lib/helm/values'], pure: true },
  'lib/helm/sprig': {
    uses: ['lib/runtime', 'lib/helm/values', 'lib/helm/yaml', 'lib/helm/template', 'lib/policy'],
    pure: true,
  },
  'lib/helm/chart': {
    uses: [
      'lib/runtime',
      'lib/objects',
      'lib/policy',
      'lib/helm/values',
      'lib/helm/yaml',
      'lib/helm/template',
      'lib/helm/sprig',
    ],
    pure: true,
  },
  'lib/helm/host': { uses: ['lib/runtime', 'lib/helm/sprig'] },
  'lib/kustomize': {
    uses: ['lib/runtime', 'lib/objects', 'lib/helm/values', 'lib/helm/yaml'],
    pure: true,
  },
  'lib/kube': { uses: ['lib/runtime', 'lib/objects'] },
  'lib/git': { uses: ['lib/runtime', 'lib/objects'] },
  'lib/http': { uses: ['lib/runtime'] },
  'lib/cloud': { uses: ['lib/runtime', 'lib/http'] },
  'lib/registry': { uses: ['lib/runtime', 'lib/objects', 'lib/policy', 'lib/http', 'lib/cloud'] },
  'lib/notation': { uses: ['lib/runtime', 'lib/helm/values'], pure: true },
  'lib/sops': { uses: ['lib/runtime', 'lib/helm/yaml', 'lib/cloud'] },
  'lib/helm': {
    uses: ['lib/runtime', 'lib/objects', 'lib/policy', 'lib/kube', 'lib/http', 'lib/registry'],
  },
  // With `--toolkit` they run the toolkit in their own process.
  daemon: { uses: ['lib'], doors: ['toolkit/mod.ts'] },
  'helm-operator': { uses: ['lib'], doors: ['toolkit/mod.ts'] },
  // `fluxctl simulate` and `diff` carry the embedded cluster with them, loaded when they are asked for.
  // Its `diff` of single objects builds and renders as the toolkit does.
  fluxctl: {
    uses: ['lib', 'sandbox'],
    doors: [
      'fluxctl/migrate/chart-source.ts',
      'fluxctl/migrate/charts.ts',
      'fluxctl/migrate/mod.ts',
      'fluxctl/migrate/older-values.ts',
      'helm-operator/values/mod.ts',
      'toolkit/artifacts/mod.ts',
      'toolkit/helmrelease/mod.ts',
      'toolkit/kustomization/mod.ts',
      'toolkit/runtime/mod.ts',
    ],
  },
  // Shows by the engines' own code that both generations make the same of a release; its tests run both.
  'fluxctl/migrate': {
    uses: ['lib'],
    doors: [
      'helm-operator/values/mod.ts',
      'toolkit/helmrelease/mod.ts',
      'helm-operator/_both.ts',
      'helm-operator/_harness.ts',
      'fluxctl/diff/lines.ts',
      'fluxctl/files.ts',
      'fluxctl/objects/read.ts',
      'fluxctl/_world.ts',
      'fluxctl/run.ts',
    ],
  },
  unsealer: { uses: ['lib'] },
  'toolkit/runtime': { uses: ['lib'] },
  'toolkit/artifacts': { uses: ['lib', 'toolkit/runtime'] },
  'toolkit/sources': {
    uses: ['lib', 'toolkit/runtime', 'toolkit/artifacts'],
    doors: ['lib/notation/_der.ts'],
  },
  'toolkit/clusters': { uses: ['lib', 'toolkit/runtime'] },
  'toolkit/health': { uses: ['lib', 'toolkit/runtime'] },
  'toolkit/helmrelease': {
    uses: ['lib', 'toolkit/runtime', 'toolkit/artifacts', 'toolkit/clusters', 'toolkit/health'],
  },
  'toolkit/kustomization': {
    uses: ['lib', 'toolkit/runtime', 'toolkit/artifacts', 'toolkit/clusters', 'toolkit/health'],
  },
  'toolkit/notification': { uses: ['lib', 'toolkit/runtime'] },
  // Automation pushes to what a GitRepository names, by the same access.
  'toolkit/image': { uses: ['lib', 'toolkit/runtime', 'toolkit/sources'] },
  'toolkit/crds': { uses: ['lib'] },
  toolkit: {
    uses: ['lib', 'toolkit'],
    doors: ['toolkit/sources/_sigstore.ts', 'lib/notation/_der.ts', 'lib/notation/_signer.ts'],
  },
  sandbox: { uses: ['lib/runtime', 'lib/objects'] },
  demo: { uses: ['lib', 'sandbox'] },
  bench: { uses: ['lib', 'sandbox', 'demo'] },
  e2e: { uses: ['lib', 'sandbox', 'demo'], doors: ['hack/go.ts', 'hack/programs.ts'] },
  hack: { uses: ['lib', 'sandbox'] },
};

/** Modules that reach outside the process; a pure room is handed what it needs. */
const effects =
  /^(node:)?(fs|net|tls|http|https|http2|dns|child_process|worker_threads|os|process|timers)(\/|$)/;

describe('import rule', () => {
  test.each(sourceFiles())('%s', (file) => {
    const problems: string[] = [];
    const room = roomOf(file);
    expect(room, `${file} lies in no room of hack/structure.test.ts`).toBeDefined();
    for (const specifier of importsOf(file)) {
      const problem = check(file, room ?? '', specifier);
      if (problem !== undefined) problems.push(problem);
    }
    expect(problems).toEqual([]);
  });
});

function check(file: string, room: string, specifier: string): string | undefined {
  const isTest = file.endsWith('.test.ts');
  // Files with a leading underscore belong to their folder; some of them serve its tests only.
  const isForTests = isTest || path.posix.basename(file).startsWith('_');
  if (!specifier.startsWith('.')) {
    if (!isTest && rooms[room]?.pure === true && effects.test(specifier)) {
      return `${specifier}: ${room} is pure`;
    }
    return undefined;
  }
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
  if (!specifier.endsWith('.ts') && !specifier.endsWith('.json'))
    return `${specifier}: write the .ts ending`;
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) return `${specifier}: lies in no room`;
  if (targetRoom === room) return undefined;
  // Tests of programs and of effect rooms may start the sandbox; those of pure rooms need a machine.
  if (isForTests && (targetRoom === 'sandbox' || target === 'lib/helm/host/mod.ts'))
    return undefined;
  if (isForTests && target === 'hack/programs.ts') return undefined;
  // The verbs of fluxctl are tried on what the toolkit brings about.
  if (isForTests && room === 'fluxctl' && target === 'toolkit/_harness.ts') return undefined;
  if (rooms[room]?.doors?.includes(target) === true) return undefined;
  const allowed = rooms[room]?.uses.some(
    (use) => targetRoom === use || targetRoom.startsWith(`${use}/`),
  );
  if (
    allowed !== true &&
    !(
      room.startsWith('lib/helm') &&
      rooms[room]?.pure !== true &&
      targetRoom.startsWith('lib/helm/')
    )
  ) {
    return `${specifier}: ${room} may not use ${targetRoom}`;
  }
  if (!/(^|\/)(mod|[a-z-]+-mod)\.ts$/.test(target))
    return `${specifier}: import the room's door, mod.ts`;
  return undefined;
}

function roomOf(file: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function sourceFiles(): string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const name of readdirSync(path.join(root, folder))) {
      if (name === 'node_modules' || name === 'testdata' || name.startsWith('.')) continue;
      const file = path.posix.join(folder, name);
      if (statSync(path.join(root, file)).isDirectory()) walk(file);
      else if (name.endsWith('.ts')) found.push(file);
    }
  };
  for (const top of new Set(Object.keys(rooms).map((room) => room.split('/')[0] ?? ''))) walk(top);
  return found;
}
