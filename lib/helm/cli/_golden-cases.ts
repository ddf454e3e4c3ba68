/** Charts and command lines whose results the real helm has written down (testdata/golden.json). */

export interface GoldenCase {
  name: string;
  files: Readonly<Record<string, string>>;
  /** Behind `helm`, run in the folder that holds the chart `c`; a text is split at spaces. */
  args: string | readonly string[];
}

const base = 'apiVersion: v2\nname: c\nversion: 0.1.0\n';
const childYaml = (name: string, more = '') =>
  `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}`;
/** Shows what a chart sees of values. */
const dump = '# {{ .Chart.Name }}\nvalues: {{ toJson .Values }}\n';
const under = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

const child = (name: string, values: string, more = ''): Record<string, string> =>
  under(`charts/${name}`, {
    'Chart.yaml': childYaml(name, more),
    'values.yaml': values,
    'templates/dump.yaml': dump,
  });

const chart = (files: Readonly<Record<string, string>>): Record<string, string> =>
  under('c', { 'Chart.yaml': base, 'templates/dump.yaml': dump, ...files });

const template = (
  name: string,
  files: Readonly<Record<string, string>>,
  args = '',
): GoldenCase => ({
  name,
  files: chart(files),
  args: `template r c ${args}`.trim(),
});

const tree = 'a: 1\nb: {c: 2, d: {e: 3, f: [1, 2]}}\nlist: [x, y]\nt: text\n';

const coalesce: readonly GoldenCase[] = [
  template('defaults', { 'values.yaml': tree }),
  template('no values at all', {}),
  template('values that say nothing', { 'values.yaml': '# nothing\n' }),
  template('set over defaults', { 'values.yaml': tree }, '--set a=5,b.d.e=6,b.n=1'),
  template('null deletes a key', { 'values.yaml': tree }, '--set a=null'),
  template('null deletes a table', { 'values.yaml': tree }, '--set b=null'),
  template('null deletes below', { 'values.yaml': tree }, '--set b.d.e=null'),
  template('null that deletes nothing', { 'values.yaml': tree }, '--set zzz=null,b.zzz=null'),
  template('null in defaults', { 'values.yaml': 'a: null\nb: {c: null, d: 1}\n' }),
  template(
    'null in defaults, set',
    { 'values.yaml': 'a: null\nb: {c: null, d: 1}\n' },
    '--set a=1,b.c=2',
  ),
  template('lists are replaced', { 'values.yaml': tree }, '--set list={q}'),
  template('list items', { 'values.yaml': tree }, '--set list[1]=z,list[3]=w'),
  template('text over a table', { 'values.yaml': tree }, '--set b=text'),
  template('a table over text', { 'values.yaml': tree }, '--set t.u=1'),
  template(
    'files in order',
    {
      'values.yaml': tree,
      '../one.yaml': 'a: one\nb: {c: one, g: one}\n',
      '../two.yaml': 'a: two\nb: {d: null}\n',
    },
    '-f one.yaml -f two.yaml --set a=three',
  ),
  template(
    'every kind of set',
    { 'values.yaml': tree, '../f.txt': 'line 1\nline 2\n' },
    '--set i=1,f=1.5,t=true,n=null,s=x --set-string si=1,st=true --set-json j={"a":[1,{"b":null}]} --set-file ff=f.txt --set-literal l=a,b{c}',
  ),
  template('set with escapes', {}, String.raw`--set a\.b=1,c=x\,y,d.e\.f=2`),
  template('sub-chart defaults', { 'values.yaml': 'p: 1\n', ...child('s', 'x: 1\ny: {z: 2}\n') }),
  template('parent over sub-chart', {
    'values.yaml': 's: {x: 9, y: {w: 1}}\n',
    ...child('s', 'x: 1\ny: {z: 2}\n'),
  }),
  template(
    'user over parent over sub-chart',
    { 'values.yaml': 's: {x: 9, y: {w: 1}}\n', ...child('s', 'x: 1\ny: {z: 2}\n') },
    '--set s.x=10,s.y.z=11',
  ),
  template('parent nulls a default of the sub-chart', {
    'values.yaml': 's: {x: null, y: {z: null}}\n',
    ...child('s', 'x: 1\ny: {z: 2, k: 3}\n'),
  }),
  template(
    'user nulls a default of the sub-chart',
    { ...child('s', 'x: 1\ny: {z: 2, k: 3}\n') },
    '--set s.x=null,s.y.z=null',
  ),
  template(
    'user nulls a table of the sub-chart',
    { ...child('s', 'x: 1\ny: {z: 2, k: 3}\n') },
    '--set s.y=null',
  ),
  template(
    'user nulls the whole sub-chart',
    { 'values.yaml': 's: {x: 9}\n', ...child('s', 'x: 1\n') },
    '--set s=null',
  ),
  template('sub-chart values are text', { 'values.yaml': 's: text\n', ...child('s', 'x: 1\n') }),
  template('sub-chart values are a list', { ...child('s', 'x: 1\n') }, '--set s={1}'),
  template(
    'globals flow down',
    { 'values.yaml': 'global: {g: 1, t: {u: 2}}\n', ...child('s', 'global: {h: 3, t: {v: 4}}\n') },
    '--set global.k=5',
  ),
  template('globals of the sub-chart stay below', { ...child('s', 'global: {h: 3}\n') }),
  template('globals that are text', { 'values.yaml': 'global: text\n', ...child('s', 'x: 1\n') }),
  template(
    'globals with nulls',
    { 'values.yaml': 'global: {g: 1, n: null}\n', ...child('s', 'global: {g: 2, n: 3}\n') },
    '--set global.g=null',
  ),
  template('global table against text', {
    'values.yaml': 'global: {g: {a: 1}}\n',
    ...child('s', 'global: {g: text}\n'),
  }),
  template(
    'two levels down',
    {
      'values.yaml': 'global: {g: 1}\ns: {x: 2, d: {y: 3}}\n',
      ...child('s', 'x: 1\nd: {y: 1, z: 1}\n'),
      ...under('charts/s', child('d', 'y: 0\nz: 0\nw: 0\n')),
    },
    '--set s.d.w=7',
  ),
];

const deps = (list: string) => ({ 'Chart.yaml': `${base}dependencies:\n${list}` });
const two = {
  ...child('s', 'x: 1\nexports: {data: {fromS: 1}, more: {m: 2}}\ninner: {deep: {k: 1}}\n'),
  ...child('t', 'y: 1\n'),
};

const dependencies: readonly GoldenCase[] = [
  template('declared and there', {
    ...deps('- {name: s, version: 0.1.0}\n- {name: t, version: ">=0.1"}\n'),
    ...two,
  }),
  template('there and not declared', { ...deps('- {name: s, version: 0.1.0}\n'), ...two }),
  template('declared and not there', {
    ...deps('- {name: u, version: 0.1.0}\n- {name: v, version: 1}\n'),
    ...two,
  }),
  template('out of range', { ...deps('- {name: s, version: ">1"}\n'), ...two }),
  template('range that cannot be read', { ...deps('- {name: s, version: "abc"}\n'), ...two }),
  template('no range', { ...deps('- {name: s}\n'), ...two }),
  template('condition off', {
    ...deps('- {name: s, version: "*", condition: s.enabled}\n'),
    ...two,
    'values.yaml': 's: {enabled: false}\n',
  }),
  template(
    'condition on by the user',
    {
      ...deps('- {name: s, version: "*", condition: s.enabled}\n'),
      ...two,
      'values.yaml': 's: {enabled: false}\n',
    },
    '--set s.enabled=true',
  ),
  template('condition that is nowhere', {
    ...deps('- {name: s, version: "*", condition: nope.x}\n'),
    ...two,
  }),
  template('condition that is text', {
    ...deps('- {name: s, version: "*", condition: s.on}\n'),
    ...two,
    'values.yaml': 's: {on: "yes"}\n',
  }),
  template('condition that is a table', {
    ...deps('- {name: s, version: "*", condition: s}\n'),
    ...two,
  }),
  template('first condition that is there', {
    ...deps('- {name: s, version: "*", condition: "a.b,c.d"}\n'),
    ...two,
    'values.yaml': 'c: {d: false}\n',
  }),
  template('first of two conditions', {
    ...deps('- {name: s, version: "*", condition: "a.b,c.d"}\n'),
    ...two,
    'values.yaml': 'a: {b: true}\nc: {d: false}\n',
  }),
  template('tags off', {
    ...deps('- {name: s, version: "*", tags: [f, g]}\n'),
    ...two,
    'values.yaml': 'tags: {f: false}\n',
  }),
  template('one tag on', {
    ...deps('- {name: s, version: "*", tags: [f, g]}\n'),
    ...two,
    'values.yaml': 'tags: {f: false, g: true}\n',
  }),
  template('tag that is text', {
    ...deps('- {name: s, version: "*", tags: [f]}\n'),
    ...two,
    'values.yaml': 'tags: {f: "no"}\n',
  }),
  template('condition wins over tags', {
    ...deps('- {name: s, version: "*", tags: [f], condition: s.on}\n'),
    ...two,
    'values.yaml': 'tags: {f: true}\ns: {on: false}\n',
  }),
  template(
    'alias',
    {
      ...deps('- {name: s, version: "*", alias: one}\n- {name: s, version: "*", alias: two}\n'),
      ...two,
      'values.yaml': 'one: {x: 5}\n',
    },
    '--set two.x=6',
  ),
  template(
    'alias with condition',
    {
      ...deps(
        '- {name: s, version: "*", alias: one, condition: one.on}\n- {name: s, version: "*", alias: two, condition: two.on}\n',
      ),
      ...two,
    },
    '--set one.on=false',
  ),
  template('alias with bad letters', {
    ...deps('- {name: s, version: "*", alias: "a.b"}\n'),
    ...two,
  }),
  template('the same name twice', {
    ...deps('- {name: s, version: "*"}\n- {name: s, version: "*"}\n'),
    ...two,
  }),
  template('import of exports', {
    ...deps('- {name: s, version: "*", import-values: [data]}\n'),
    ...two,
    'values.yaml': 'fromS: own\n',
  }),
  template('import of two exports', {
    ...deps('- {name: s, version: "*", import-values: [data, more, nope]}\n'),
    ...two,
  }),
  template('import from a path to a path', {
    ...deps(
      '- name: s\n  version: "*"\n  import-values:\n  - {child: inner.deep, parent: got.here}\n  - {child: nope, parent: x}\n',
    ),
    ...two,
  }),
  template('import to the top', {
    ...deps('- name: s\n  version: "*"\n  import-values:\n  - {child: inner, parent: .}\n'),
    ...two,
  }),
  template(
    'import with values of the user',
    {
      ...deps(
        '- name: s\n  version: "*"\n  import-values:\n  - {child: inner.deep, parent: got}\n',
      ),
      ...two,
    },
    '--set s.inner.deep.k=9,got.extra=1',
  ),
  template('import by an alias', {
    ...deps('- {name: s, version: "*", alias: q, import-values: [data]}\n'),
    ...two,
  }),
  template(
    'import from one that is off',
    { ...deps('- {name: s, version: "*", condition: s.on, import-values: [data]}\n'), ...two },
    '--set s.on=false',
  ),
  template('import of a null', {
    ...deps('- {name: s, version: "*", import-values: [data]}\n'),
    ...child('s', 'exports: {data: {n: null, k: 1}}\n'),
    'values.yaml': 'n: parent\n',
  }),
  template(
    'conditions two levels down',
    {
      ...deps('- {name: s, version: "*"}\n'),
      ...child('s', 'x: 1\n', 'dependencies: [{name: d, version: "*", condition: d.on}]\n'),
      ...under('charts/s', child('d', 'w: 0\n')),
    },
    '--set s.d.on=false',
  ),
  template('import two levels up', {
    ...deps('- name: s\n  version: "*"\n  import-values: [{child: up, parent: top}]\n'),
    ...child(
      's',
      'x: 1\n',
      'dependencies: [{name: d, version: "*", import-values: [{child: w, parent: up}]}]\n',
    ),
    ...under('charts/s', child('d', 'w: {deep: 1}\n')),
  }),
  template(
    'requirements.yaml',
    {
      'Chart.yaml': 'apiVersion: v1\nname: c\nversion: 0.1.0\n',
      'requirements.yaml':
        'dependencies:\n- {name: s, version: "*", condition: s.on}\n- {name: t, version: "*"}\n',
      ...two,
    },
    '--set s.on=false',
  ),
  template('requirements.yaml of apiVersion v2', {
    'requirements.yaml': 'dependencies: [{name: s, version: "*", alias: q}]\n',
    ...two,
  }),
  template('a library chart below', {
    ...child('lib', 'x: 1\n', 'type: library\n'),
    'templates/use.yaml': 'u: {{ include "lib.t" . }}\n',
    'charts/lib/templates/_t.tpl': '{{ define "lib.t" }}{{ .Chart.Name }}{{ end }}',
  }),
  template('a library chart itself', { 'Chart.yaml': `${base}type: library\n` }),
  template('folders that are no charts', {
    'charts/_private/x.txt': 'x',
    'charts/.hidden/x.txt': 'x',
    'charts/README.md': 'x',
  }),
  template('a folder without Chart.yaml', { 'charts/bad/values.yaml': 'x: 1\n' }),
  template('a sub-chart that is broken', {
    'charts/bad/Chart.yaml': 'apiVersion: v2\nname: bad\n',
  }),
];

const metadata = (text: string): Record<string, string> => ({ 'Chart.yaml': text });

const load: readonly GoldenCase[] = [
  { name: 'no Chart.yaml', files: { 'c/values.yaml': 'a: 1\n' }, args: 'template r c' },
  { name: 'an empty folder', files: { 'other/x': '' }, args: 'template r c' },
  template('no name', metadata('apiVersion: v2\nversion: 0.1.0\n')),
  template('no version', metadata('apiVersion: v2\nname: c\n')),
  template('no apiVersion', metadata('name: c\nversion: 0.1.0\n')),
  template('apiVersion v3', metadata('apiVersion: v3\nname: c\nversion: 0.1.0\n')),
  template('version that is none', metadata('apiVersion: v2\nname: c\nversion: one\n')),
  template('version that is a number', metadata('apiVersion: v2\nname: c\nversion: 1.2\n')),
  template('loose version', metadata('apiVersion: v2\nname: c\nversion: "1"\n')),
  template('type that is none', metadata(`${base}type: thing\n`)),
  template('name with a slash', metadata('apiVersion: v2\nname: a/b\nversion: 0.1.0\n')),
  template('name with dots', metadata('apiVersion: v2\nname: ..\nversion: 0.1.0\n')),
  template('broken YAML', metadata('apiVersion: v2\nname: [c\n')),
  template('YAML that is a list', metadata('- a\n')),
  template('fields of other types', metadata(`${base}keywords: text\n`)),
  template('a number for a text', metadata(`${base}appVersion: 1.10\ndescription: 5\n`)),
  template('a table for a text', metadata(`${base}description: {a: 1}\n`)),
  template('dependencies with a hole', metadata(`${base}dependencies: [null]\n`)),
  template('maintainers with a hole', metadata(`${base}maintainers: [null]\n`)),
  template('unknown fields', metadata(`${base}unknown: 1\n`)),
  template('deprecated', metadata(`${base}deprecated: true\n`)),
  template('kubeVersion that excludes', metadata(`${base}kubeVersion: ">=9"\n`)),
  template(
    'kubeVersion with suffix',
    metadata(`${base}kubeVersion: ">=1.20.0-0"\n`),
    '--kube-version 1.33.1-gke.5',
  ),
  template(
    'everything of Chart.yaml',
    metadata(
      `${base}appVersion: "2"\nhome: http://x\nicon: http://i\nkeywords: [a]\nsources: [http://s]\nmaintainers: [{name: n, email: e, url: u}]\nannotations: {k: v}\ncondition: q\ntags: w\n`,
    ),
  ),
  template('values that are a list', { 'values.yaml': '- a\n' }),
  template('values that are text', { 'values.yaml': 'text\n' }),
  template('values that are broken', { 'values.yaml': 'a: [1\n' }),
  template('a key twice in values', { 'values.yaml': 'a: 1\na: 2\n' }),
  template('byte order mark', { 'values.yaml': '\ufeffa: 1\n' }),
  template('numbers', {
    'values.yaml':
      'i: 1000000\nbig: 12345678901234567890\nf: 1.0\ne: 1e3\no: 0o14\nx: 0x1f\nold: 014\nyes: yes\non: on\nnull: ~\n',
  }),
  template('lock file broken', { 'Chart.lock': 'x: [\n' }),
  template('files', {
    'a.txt': 'A',
    'd/b.txt': 'B',
    'templates/f.yaml': '{{ range $p, $_ := .Files.Glob "**" }}- {{ $p }}\n{{ end }}',
  }),
  template('templates by name', {
    'templates/z.yaml': 'z: {{ .Template.Name }}\n',
    'templates/sub/y.yaml': 'y: {{ .Template.BasePath }}\n',
  }),
  template('nothing rendered', { 'templates/dump.yaml': '{{ if false }}x{{ end }}\n' }),
  template('NOTES only', { 'templates/NOTES.txt': 'n\n', 'templates/dump.yaml': '' }),
  template(
    'CRDs',
    {
      'crds/a.yaml': 'kind: CustomResourceDefinition\n',
      'crds/b.txt': 'x',
      ...under('charts/s', { 'Chart.yaml': childYaml('s'), 'crds/c.yml': 'kind: C\n' }),
    },
    '--include-crds',
  ),
  template('CRDs left out', { 'crds/a.yaml': 'kind: CustomResourceDefinition\n' }),
];

const ignore = (name: string, rules: string): GoldenCase =>
  template(`ignore: ${name}`, {
    '.helmignore': rules,
    'a.txt': 'A',
    'b.md': 'B',
    'd/a.txt': 'A',
    'd/c.txt': 'C',
    'd/e/a.txt': 'A',
    'x[1].txt': 'X',
    'templates/list.yaml': '{{ range $p, $_ := .Files.Glob "**" }}- {{ $p }}\n{{ end }}',
    'templates/.hidden.yaml': 'hidden: 1\n',
    'templates/dump.yaml': 'kept: {{ .Values.k }}\n',
    'values.yaml': 'k: 1\n',
  });

const ignored: readonly GoldenCase[] = [
  ignore('nothing', ''),
  ignore('comments and blanks', '# a.txt\n\n   \n'),
  ignore('a name anywhere', 'a.txt\n'),
  ignore('a name at the top', '/a.txt\n'),
  ignore('a path', 'd/a.txt\n'),
  ignore('a folder', 'd/\n'),
  ignore('a folder that is a file', 'a.txt/\n'),
  ignore('stars', '*.txt\n'),
  ignore('stars in a path', 'd/*.txt\n'),
  ignore('question marks', '?.md\n'),
  ignore('classes', '[ab].*\n'),
  ignore('a backslash', 'x\\[1\\].txt\n'),
  ignore('negated', '!a.txt\n'),
  ignore('negated after all', '*.txt\n!a.txt\n'),
  ignore('two stars', 'd/**\n'),
  ignore('a pattern that is broken', '[a\n'),
  ignore('values.yaml', 'values.yaml\n'),
  ignore('templates', 'templates/dump.yaml\n'),
  ignore('spaces around', '  a.txt  \n'),
  ignore('Chart.yaml', 'Chart.yaml\n'),
];

const schema = (name: string, text: string, args = '', values = 'a: 1\n'): GoldenCase =>
  template(`schema: ${name}`, { 'values.schema.json': text, 'values.yaml': values }, args);

const schemas: readonly GoldenCase[] = [
  schema('fits', '{"type":"object","properties":{"a":{"type":"integer"}}}'),
  schema('type', '{"properties":{"a":{"type":"string"}}}'),
  schema('types', '{"properties":{"a":{"type":["string","null"]}}}'),
  schema('required', '{"required":["x"]}'),
  schema('required, two', '{"required":["x","y"]}'),
  schema('enum', '{"properties":{"a":{"enum":["x",2,null]}}}'),
  schema('const', '{"properties":{"a":{"const":"x"}}}'),
  schema(
    'limits',
    '{"properties":{"a":{"minimum":5},"b":{"maximum":1},"c":{"exclusiveMinimum":3},"d":{"multipleOf":2}}}',
    '--set b=2,c=3,d=3',
  ),
  schema(
    'lengths',
    '{"properties":{"s":{"minLength":3},"t":{"maxLength":1},"p":{"pattern":"^x"}}}',
    '--set s=a,t=abc,p=y',
  ),
  schema(
    'lists',
    '{"properties":{"l":{"minItems":2},"m":{"maxItems":1},"u":{"uniqueItems":true},"i":{"items":{"type":"integer"}}}}',
    '--set l={1},m={1\\,2},u={1\\,1},i={x\\,1}'.replaceAll('\\,', ','),
  ),
  schema(
    'additional properties',
    '{"properties":{"a":{}},"additionalProperties":false}',
    '--set z=1',
  ),
  schema('anyOf', '{"properties":{"a":{"anyOf":[{"type":"string"},{"minimum":5}]}}}'),
  schema('oneOf, none', '{"properties":{"a":{"oneOf":[{"type":"string"},{"minimum":5}]}}}'),
  schema('oneOf, two', '{"properties":{"a":{"oneOf":[{"type":"integer"},{"minimum":0}]}}}'),
  schema('allOf', '{"properties":{"a":{"allOf":[{"type":"string"},{"minimum":5}]}}}'),
  schema('not', '{"properties":{"a":{"not":{"type":"integer"}}}}'),
  schema('if then', '{"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]}}'),
  schema('references', '{"$defs":{"n":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/n"}}}'),
  schema(
    'draft 7',
    '{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"n":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/n"}}}',
  ),
  schema(
    'nested places',
    '{"properties":{"o":{"properties":{"p":{"items":{"type":"string"}}}}}}',
    '--set o.p={1,2}',
  ),
  schema(
    'several',
    '{"type":"object","required":["q"],"properties":{"a":{"type":"string"},"b":{"type":"boolean"}}}',
    '--set b=5',
  ),
  schema('no JSON', '{"type":'),
  schema('skipped', '{"required":["x"]}', '--skip-schema-validation'),
  template('schema: of a sub-chart', {
    'values.schema.json': '{"required":["top"]}',
    ...child('s', 'x: 1\n'),
    'charts/s/values.schema.json': '{"properties":{"x":{"type":"string"}}}',
  }),
  template('schema: of an alias', {
    ...deps('- {name: s, version: "*", alias: q}\n'),
    ...child('s', 'x: 1\n'),
    'charts/s/values.schema.json': '{"properties":{"x":{"type":"string"}}}',
  }),
];

const lint = (name: string, files: Readonly<Record<string, string>>, args = ''): GoldenCase => ({
  name: `lint: ${name}`,
  files: chart({
    'templates/dump.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    'values.yaml': 'a: 1\n',
    ...files,
  }),
  args: `lint c ${args}`.trim(),
});

const linted: readonly GoldenCase[] = [
  lint('clean', metadata(`${base}icon: https://x/i.png\n`)),
  lint('clean and quiet', metadata(`${base}icon: https://x/i.png\n`), '--quiet'),
  lint('icon missing', {}),
  lint('quiet about icons', {}, '--quiet'),
  lint('no values', { 'values.yaml': '' }),
  lint(
    'bad metadata',
    metadata(
      'apiVersion: v1\nname: c\nversion: 0.0.0\ntype: application\nicon: nope\nsources: [x]\nmaintainers: [{name: n, email: bad}, {email: a@b.c}]\ndependencies: [{name: z}]\n',
    ),
  ),
  lint(
    'version that is a number',
    metadata('apiVersion: v2\nname: c\nversion: 1.2\nappVersion: 3\nicon: https://x/i\n'),
  ),
  lint('broken Chart.yaml', metadata('name: [\n')),
  lint('broken values', { 'values.yaml': 'a: [\n' }),
  lint('template that fails', { 'templates/x.yaml': '{{ .Values.a.b.c }}\n' }),
  lint('required and fail', { 'templates/x.yaml': 'a: {{ required "need it" .Values.zz }}\n' }),
  lint('broken output', { 'templates/x.yaml': 'a: {\n' }),
  lint('output that is text', { 'templates/x.yaml': 'text\n' }),
  lint('indented', {
    'templates/x.yaml': '  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n',
  }),
  lint('bad names', {
    'templates/x.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: {name: 1A}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: "-"}\n---\nkind: Role\nmetadata: {name: "a/b"}\n---\nkind: Namespace\nmetadata: {name: A}\n',
  }),
  lint('old kinds', {
    'templates/x.yaml':
      'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n---\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\n',
  }),
  lint(
    'old kinds of a version',
    {
      'templates/x.yaml':
        'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n',
    },
    '--kube-version 1.25',
  ),
  lint(
    'old kinds, strict',
    { 'templates/x.yaml': 'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n' },
    '--strict',
  ),
  lint('selectors missing', {
    'templates/x.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n',
  }),
  lint('policies in lists', {
    'templates/x.yaml':
      'apiVersion: v1\nkind: List\nmetadata: {name: a}\nitems: [{metadata: {annotations: {"helm.sh/resource-policy": keep}}}]\n',
  }),
  lint('file endings', { 'templates/x.json': '{}', 'templates/noext': 'x' }),
  lint('crd-install and Release.Time', {
    'templates/x.yaml':
      '# {{ .Release.Time }}\nkind: X\nmetadata: {name: a, annotations: {"helm.sh/hook": crd-install}}\n',
  }),
  lint('dependencies', { ...deps('- {name: z, version: 1}\n'), ...child('s', 'x: 1\n') }),
  lint('schema', { 'values.schema.json': '{"required":["x"]}' }),
  lint(
    'sub-charts too',
    { ...child('s', 'x: 1\n'), ...deps('- {name: s, version: "*"}\n') },
    '--with-subcharts',
  ),
  lint('no chart', {}, 'nope'),
];

const crd = (name: string, kind = 'CustomResourceDefinition') =>
  `apiVersion: apiextensions.k8s.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`;

const show = (
  what: string,
  name: string,
  files: Readonly<Record<string, string>>,
  args = '',
): GoldenCase => ({
  name: `show ${what}: ${name}`,
  files: chart(files),
  args: `show ${what} c ${args}`.trim(),
});

const pathTree =
  'a: 1\nhalf: 0.5\nbig: 12345678901\non: true\nnone: null\nempty: {}\ntext: "x y"\nb: {c: 2, d: {e: 3, f: [1, 2]}}\ndotted.key: dots\nlist: [x, y, z]\npods:\n- {name: one, port: 80, up: true, tags: [p, q]}\n- {name: two, port: 90, up: false}\n- {name: three, tags: []}\n';

const jsonPaths: readonly string[] = [
  '{.a}',
  '{.half} {.big} {.on} {.none} {.text}',
  '{.b.d.e}',
  '{.b.d}',
  '{.b}',
  '{.empty}',
  '{$.b.c}',
  '{@.a}',
  '{@}',
  'plain',
  'a={.a}, c={.b.c}\n',
  '{"text\\n\\t"}',
  "{'single \\' quote'}",
  '{"bad \\q"}',
  '{.list}',
  '{.list[0]}',
  '{.list[-1]}',
  '{.list[-2]}',
  '{.list[3]}',
  '{.list[-4]}',
  '{.list[*]}',
  '{.list[:]}',
  '{.list[1:]}',
  '{.list[:2]}',
  '{.list[0:2]}',
  '{.list[0:-1]}',
  '{.list[0:3:2]}',
  '{.list[::2]}',
  '{.list[2:1]}',
  '{.list[0:9]}',
  '{.list[0:3:0]}',
  '{.list[1:1]}',
  '{.list[0,2]}',
  '{.list[0, 2]}',
  '{.list[x]}',
  '{.list[99999999999999999999]}',
  '{.list[0}',
  "{.b['c']}",
  "{['a','text']}",
  "{['dotted.key']}",
  "{['dotted\\.key']}",
  '{.dotted\\.key}',
  '{["a"]}',
  '{.pods[*].name}',
  '{.pods[*].port}',
  '{.pods[*].nope}',
  '{.pods[0].tags[1]}',
  '{.pods[*].tags[*]}',
  '{.pods[?(@.name=="two")].port}',
  "{.pods[?(@.name=='two')].port}",
  '{.pods[?(@.name!="two")].name}',
  '{.pods[0:2][?(@.port>80)].name}',
  '{.pods[?(@.port)].name}',
  '{.pods[?(@.port>80.0)].name}',
  '{.pods[?(@.tags)].name}',
  '{.pods[?(@.tags[0])].name}',
  '{.pods[?(@.up==true)].name}',
  '{.pods[?(@.name<"tz")].name}',
  '{.pods[?(@.name>="three")].name}',
  '{.pods[?(@.name=~"t")].name}',
  '{.pods[?(@.nope=="a")].name}',
  '{.pods[?(@.name=="a)b")].name}',
  '{.pods[?(@.name=="two"].name}',
  '{.b[?(@.c)]}',
  '{.list[?(@=="y")]}',
  '{.list[?(@>"x")]}',
  '{..name}',
  '{..e}',
  '{..nope}',
  '{.b..f}',
  '{....name}',
  '{.b.*.e}',
  '{.list.*}',
  '{range .pods[*]}{.name}: {.port}\n{end}',
  '{range .pods[*]}[{.name}]{end} after',
  '{range .pods[*]}{.name} {range .tags[*]}<{@}>{end};{end}',
  '{range .pods[0:2]}{.name}{end}{range .list[*]}({@}){end}',
  '{range .empty[*]}x{end}',
  '{range .pods[2].tags[*]}x{end}y',
  '{range .list[*]}{@}',
  '{end}',
  '{range}',
  '{other}',
  '{.a',
  '{.a\n}',
  '{}',
  '{ .a }',
  '{.a|.b}',
  '{\t.a}',
  '{3}{3.5}{-2}{true}{1.2.3}',
  '{.a}}',
  '{{.a}}',
  '{.text[0]}',
  '{.nope}',
  '{.a.b}',
  '{.none.b}',
];

/** Charts of which everything can be shown. */
const shownCharts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'nothing more': {},
  everything: {
    'values.yaml': '# words\na: 1 # more\n\n',
    'README.md': '# Read me\n\nText',
    'crds/a.yaml': crd('a'),
    'crds/b.yaml': `---\n${crd('b')}`,
  },
  'empty values': { 'values.yaml': '' },
  'values of words only': { 'values.yaml': '# words\n' },
  'README in another form': { 'readme.txt': 'text\n', 'docs/README.md': 'not this one' },
  'CRDs with a separator': { 'crds/a.yaml': `---\n${crd('a')}---\n${crd('b')}` },
  'CRDs without an end': { 'crds/a.yaml': crd('a').trimEnd(), 'crds/b.yaml': crd('b') },
  'CRDs below, and other files': {
    'crds/deep/a.yaml': crd('a'),
    'crds/note.txt': 'text\n',
    'crds/b.json': '{}',
  },
  'what is no CRD': { 'crds/a.yaml': crd('a', 'Widget') },
  'CRDs of a dependency': {
    'crds/a.yaml': crd('a'),
    ...child('s', 'x: 1\n'),
    'charts/s/crds/z.yaml': crd('z'),
    'charts/s/README.md': 'of the other chart\n',
  },
  'all of Chart.yaml': {
    'Chart.yaml':
      'apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: 1.10\ndescription: "a: b"\ntype: application\nkeywords: [x, "y"]\nmaintainers:\n- {name: n, email: e@x.y, url: "http://u"}\nannotations: {b: "2", a: "1"}\nhome: http://h\nsources: [http://s]\nkubeVersion: ">=1.20.0-0"\ndependencies:\n- {name: d, version: "*", repository: "", tags: [t], condition: d.on, alias: e}\ndeprecated: true\nunknown: field\n',
  },
  'API version 1': { 'Chart.yaml': 'apiVersion: v1\nname: c\nversion: 0.1.0\nengine: gotpl\n' },
};

const shows: readonly GoldenCase[] = [
  ...Object.entries(shownCharts).flatMap(([name, files]) =>
    ['all', 'chart', 'values', 'readme', 'crds'].map((what) => show(what, name, files)),
  ),
  ...jsonPaths.map((template) => ({
    ...show('values', `JSONPath ${template}`, { 'values.yaml': pathTree }),
    args: ['show', 'values', 'c', '--jsonpath', template],
  })),
  show('all', 'a chart that is none', metadata('name: [\n')),
  show('all', 'values that are none', { 'values.yaml': 'a: [\n' }),
  { name: 'show all: no chart', files: { 'other/x': '' }, args: 'show all ./c' },
  { name: 'show all: too many', files: chart({}), args: 'show all c c' },
];

export const goldenCases: readonly GoldenCase[] = [
  ...coalesce,
  ...dependencies,
  ...load,
  ...ignored,
  ...schemas,
  ...linted,
  ...shows,
];
