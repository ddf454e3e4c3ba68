import { describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/runtime/mod.ts';
import { writeMessage } from './message.ts';

const change = (name: string, oldValue: string, newValue: string) => ({
  object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name },
  oldValue,
  newValue,
  setter: `apps:${name}`,
});
const facts = {
  namespace: 'apps',
  name: 'auto',
  files: [
    {
      file: 'web.yaml',
      changes: [change('web', 'web:1', 'web:2'), change('api', 'api:1', 'api:2')],
    },
    { file: 'more.yaml', changes: [change('web', 'web:1', 'web:2')] },
  ],
  values: { cluster: 'one' },
};
const write = (template: string | undefined) => writeMessage(template, facts, systemClock);

describe('writeMessage', () => {
  test('nothing said', () => {
    expect(write(undefined)).toBe('Update from image update automation');
  });

  test("the documentation's template", () => {
    const template = `Automated image update

Automation name: {{ .AutomationObject }}

Files:
{{ range $filename, $_ := .Changed.FileChanges -}}
- {{ $filename }}
{{ end -}}

Objects:
{{ range $resource, $changes := .Changed.Objects -}}
- {{ $resource.Kind }} {{ $resource.Name }}
  Changes:
{{- range $_, $change := $changes }}
    - {{ $change.OldValue }} -> {{ $change.NewValue }}
{{ end -}}
{{ end -}}
`;
    expect(write(template)).toBe(`Automated image update

Automation name: apps/auto

Files:
- more.yaml
- web.yaml
Objects:
- Deployment api
  Changes:
    - api:1 -> api:2
- Deployment web
  Changes:
    - web:1 -> web:2

    - web:1 -> web:2
`);
  });

  test('each change once, values, names of the object, functions of sprig', () => {
    expect(
      write(
        '{{ range .Changed.Changes }}{{ .OldValue | upper }}>{{ .NewValue }}({{ .Setter }}) {{ end }}{{ .Values.cluster }} {{ .AutomationObject.Name | quote }} {{ len .Changed.FileChanges }}',
      ),
    ).toBe('WEB:1>web:2(apps:web) API:1>api:2(apps:api) one "auto" 2');
  });

  test('changes within files, by their objects', () => {
    expect(
      write(
        '{{ range $file, $objects := .Changed.FileChanges }}{{ range $o, $cs := $objects }}{{ $file }}/{{ $o.Namespace }}.{{ $o.Name }}:{{ len $cs }} {{ end }}{{ end }}',
      ),
    ).toBe('more.yaml/apps.web:1 web.yaml/apps.api:1 web.yaml/apps.web:1 ');
  });

  test.each([
    {
      template: '{{ .Updated.Images }}',
      reason: 'RemovedTemplateField',
      message: /'\.Updated' field/,
    },
    {
      template: '{{ .Changed.ImageResult.Images }}',
      reason: 'RemovedTemplateField',
      message: /'\.Changed\.ImageResult' field/,
    },
    {
      template: '{{ .Nothing }}',
      reason: 'GitOperationFailed',
      message: /failed to run template from spec/,
    },
    { template: '{{ now }}', reason: 'GitOperationFailed', message: /function "now" not defined/ },
    {
      template: '{{ toYaml . }}',
      reason: 'GitOperationFailed',
      message: /function "toYaml" not defined/,
    },
    {
      template: '{{',
      reason: 'GitOperationFailed',
      message: /unable to create commit message template/,
    },
  ])('$template', ({ template, reason, message }) => {
    let thrown: unknown;
    try {
      write(template);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ reason, message: expect.stringMatching(message) });
  });
});
