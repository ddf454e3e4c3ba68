import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildYaml, filesOfMap, KustomizeError } from './mod.ts';

interface Golden {
  why: string;
  path: string;
  files: Record<string, string>;
  yaml?: string;
  error?: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The first line names the original's version; hack/kustomize/golden.ts writes the file. */
const golden = readFileSync(new URL('testdata/golden.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .slice(1)
  .map((line) => JSON.parse(line) as Golden);

function run(files: Readonly<Record<string, string>>, path = '/app'): string {
  const source = filesOfMap(
    new Map(Object.entries(files).map(([name, content]) => [`/${name}`, content])),
  );
  try {
    return buildYaml({ files: source, path, sha256 });
  } catch (thrown) {
    if (thrown instanceof KustomizeError) return `${thrown.reason}: ${thrown.message}`;
    throw thrown;
  }
}

describe('as kustomize builds it', () => {
  test.each(golden)('$why', ({ files, path, yaml, error }) => {
    expect(run(files, path).trim()).toBe((yaml ?? `BuildFailed: ${error ?? ''}`).trim());
  });
});

describe('content hashes', () => {
  test.each([
    { why: 'no data', generator: 'configMapGenerator:\n- name: x\n', suffix: '6ct58987ht' },
    {
      why: 'an empty value',
      generator: 'configMapGenerator:\n- name: x\n  literals: [one=]\n',
      suffix: '9g67k2htb6',
    },
    {
      why: 'a Secret with a type',
      generator: 'secretGenerator:\n- name: x\n  type: my-type\n  literals: [one=]\n',
      suffix: '74bd68bm66',
    },
  ])('$why', ({ generator, suffix }) => {
    expect(run({ 'app/kustomization.yaml': generator })).toContain(`name: x-${suffix}\n`);
  });
});

describe('what would leave the files at hand is refused', () => {
  test.each([
    { why: 'a file by HTTP', resource: 'https://example.com/a.yaml' },
    { why: 'a repository', resource: 'github.com/example/repository//base?ref=v1' },
    { why: 'a repository by SSH', resource: 'git@example.com:group/repository.git' },
  ])('$why', ({ resource }) => {
    const outcome = run({ 'app/kustomization.yaml': `resources: ["${resource}"]\n` });
    expect(outcome).toMatch(/^RemoteRefused: .*is refused/);
  });

  test('a chart', () => {
    const outcome = run({ 'app/kustomization.yaml': 'helmCharts: [{name: x}]\n' });
    expect(outcome).toMatch(/^PluginRefused: helmCharts are refused/);
  });

  test('a function', () => {
    const config = 'apiVersion: example.com/v1\nkind: Run\nmetadata: {name: x}\n';
    const outcome = run({
      'app/kustomization.yaml': 'transformers: [run.yaml]\n',
      'app/run.yaml': config,
    });
    expect(outcome).toBe(
      "PluginRefused: external plugins disabled; unable to load external plugin 'Run'",
    );
  });
});

describe('hostile files', () => {
  test('aliases that multiply themselves end', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let at = 1; at < 12; at++) lines.push(`a${at}: &a${at} [${`*a${at - 1},`.repeat(10)}]`);
    const outcome = run({
      'app/kustomization.yaml': 'resources: [bomb.yaml]\n',
      'app/bomb.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n${lines.join('\n')}\n`,
    });
    expect(outcome).toContain('document contains excessive aliasing');
  });

  test('a folder outside of the source is not there', () => {
    const outcome = run({ 'app/kustomization.yaml': 'resources: [../../../../etc]\n' });
    expect(outcome).toContain("evalsymlink failure on '/etc'");
  });
});
