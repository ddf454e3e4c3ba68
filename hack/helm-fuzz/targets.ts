/** What is fuzzed: where inputs come from, and what reads them. */
import { gzipSync } from 'node:zlib';
import {
  defaultCapabilities,
  loadChart,
  parseIgnore,
  processDependencies,
  renderTemplates,
  setValues,
  sortManifests,
  installOrder,
  coalesceValues,
} from '../../lib/helm/chart/mod.ts';
import { readChartIndex, unpackArchive } from '../../lib/helm/fetch/mod.ts';
import { hostCapabilities } from '../../lib/helm/host/mod.ts';
import { createFunctions } from '../../lib/helm/sprig/mod.ts';
import { sprintf } from '../../lib/helm/template/mod.ts';
import { bytesOfText, GoInt, textOfBytes } from '../../lib/helm/values/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseJson, parseYaml, toYaml, toYamlPretty, writeJson } from '../../lib/helm/yaml/mod.ts';
import { systemClock } from '../../lib/runtime/mod.ts';
import { generateCases } from '../differential/generate.ts';
import type { Random } from '../differential/random.ts';
import { fixedValues, someDocument } from '../differential/yaml-documents.ts';

export interface Target {
  name: string;
  /** A good input, to be spoilt. */
  seed: (random: Random) => Uint8Array;
  /** @throws what the engine makes of it */
  read: (input: Uint8Array) => void;
}

const functions = createFunctions(hostCapabilities(systemClock));
const chartYaml =
  'apiVersion: v2\nname: facts\nversion: 0.1.0\ntype: application\nkubeVersion: ">=1.20.0-0"\nkeywords: [a]\nmaintainers: [{name: a, email: b}]\nannotations: {x: y}\ndependencies: [{name: sub, version: "^1.0.0 || 2.x", alias: other, condition: other.on, tags: [t], import-values: [data, {child: a, parent: b.c}]}]\n';

const text = (of: (random: Random) => string) => (random: Random) => bytesOfText(of(random));
const oneCase = (random: Random) => [...generateCases(random.below(2 ** 31), 1)][0];

/** Rendering stops by itself; this is what it may take on a machine that does other things as well. */
const renderMs = 4000;

function render(files: Readonly<Record<string, Uint8Array>>): void {
  const loaded = loadChart(Object.entries(files).map(([name, data]) => ({ name, data })));
  const chart = processDependencies(loaded, new Map());
  const end = Date.now() + renderMs;
  const rendered = renderTemplates({
    chart,
    values: coalesceValues(chart, new Map()),
    release: { name: 'rel', namespace: 'ns', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: defaultCapabilities,
    functions,
    isExpired: () => Date.now() > end,
  });
  sortManifests(rendered, installOrder);
}

export const targets: readonly Target[] = [
  {
    name: 'template',
    seed: text((random) => oneCase(random)?.template ?? ''),
    read: (input) => {
      render({
        'Chart.yaml': bytesOfText('apiVersion: v2\nname: facts\nversion: 0.1.0\n'),
        'values.yaml': bytesOfText(fixedValues),
        'templates/_h.tpl': bytesOfText('{{- define "h.name" }}{{ .Chart.Name }}{{ end }}'),
        'templates/t.yaml': input,
        'conf/a.txt': bytesOfText('A1\nA2\n'),
      });
    },
  },
  {
    name: 'yaml',
    seed: text((random) => someDocument(random)),
    read: (input) => {
      const value = parseYaml(textOfBytes(input));
      toYaml(value);
      toYamlPretty(value);
      writeJson(value);
    },
  },
  {
    name: 'json',
    seed: text((random) => {
      try {
        return writeJson(parseYaml(someDocument(random)));
      } catch {
        // Not every document is good; any text will do.
        return '{"a": [1, 2.5e3, "x\\u00e9", null, true, {"b": {}}]}';
      }
    }),
    read: (input) => void parseJson(textOfBytes(input)),
  },
  {
    name: 'chart',
    seed: text((random) => random.pick([chartYaml, someDocument(random)])),
    read: (input) => {
      render({
        'Chart.yaml': input,
        'charts/sub/Chart.yaml': bytesOfText('apiVersion: v2\nname: sub\nversion: 1.2.3\n'),
        'charts/sub/values.yaml': bytesOfText('exports: {data: {k: 1}}\na: {z: 2}\n'),
      });
    },
  },
  {
    name: 'archive',
    seed: (random) =>
      tar([
        ['facts/Chart.yaml', chartYaml],
        ['facts/values.yaml', fixedValues],
        ['facts/templates/t.yaml', oneCase(random)?.template ?? ''],
        [`${'facts/'.repeat(20)}a`, 'x'],
      ]),
    read: (input) => void loadChart(unpackArchive(gzipSync(input)), { unpack: unpackArchive }),
  },
  {
    name: 'gzip',
    seed: () => gzipSync(tar([['facts/Chart.yaml', chartYaml]])),
    read: (input) => void loadChart(unpackArchive(input), { unpack: unpackArchive }),
  },
  {
    name: 'set',
    seed: text((random) =>
      random.pick([
        'a=b,c.d[0]=1,c.d[2].e={x,y},f=null',
        'a[1][2]=x,a\\.b=c',
        'k="quoted, text",n=0x10,t=true',
      ]),
    ),
    read: (input) => {
      for (const kind of ['typed', 'string', 'json', 'literal'] as const) {
        const values: GoMap = new Map();
        if (kind === 'typed') setValues(values, textOfBytes(input));
        else setValues(values, textOfBytes(input), kind);
      }
    },
  },
  {
    name: 'printf',
    seed: text(() => '%5.2f|%-10s|%#x|%[2]*[1]d|%+q|%U|%t|%v|%T'),
    read: (input) =>
      void sprintf(textOfBytes(input), [
        1.5,
        'text',
        GoInt.int(7),
        null,
        [1, 'a'],
        new Map(),
        true,
      ]),
  },
  {
    name: 'ignore',
    seed: text(() => '*.md\n!keep.md\n/top\nfolder/\n[a-z]*.txt\nfoo/**/x\n# no\n'),
    read: (input) => {
      const ignored = parseIgnore(textOfBytes(input));
      for (const name of ['README.md', 'folder', 'a/b.txt', 'top'])
        ignored(name, name === 'folder');
    },
  },
  {
    name: 'index',
    seed: text(
      () =>
        'apiVersion: v1\ngenerated: "2020-01-01T00:00:00Z"\nentries:\n  a:\n  - {apiVersion: v2, name: a, version: 1.0.0, urls: [a-1.0.0.tgz], digest: x, created: "2020-01-01T00:00:00Z"}\n  - {name: a, version: 0.9.0-rc.1, urls: []}\n',
    ),
    read: (input) => void readChartIndex(textOfBytes(input), 'index.yaml'),
  },
];

/** A ustar stream. */
function tar(files: readonly (readonly [string, string])[]): Uint8Array {
  const blocks: Buffer[] = [];
  for (const [name, content] of files) {
    const data = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000644\0', 100);
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('0', 156);
    header.write('ustar\x0000', 257);
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
