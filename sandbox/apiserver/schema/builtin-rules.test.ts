/** testdata/kube-apiserver.json: what kube-apiserver (version inside) made of the same inputs. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../lib/objects/mod.ts';
import { builtinType } from './builtin.ts';
import { validateBuiltin } from './builtin-validate.ts';
import { inGoForm } from '../protobuf/go-form.ts';
import { decodeBuiltin } from './decode.ts';
import { applyDefaults } from './defaults.ts';
import { prepareBuiltin } from './prepare.ts';
import { anyType } from './type-node.ts';

interface Golden {
  defaults: { input: KubeObject; output: KubeObject }[];
  invalid: { input: KubeObject; causes: [string, string][] }[];
}

const golden = JSON.parse(
  readFileSync(new URL('testdata/kube-apiserver.json', import.meta.url), 'utf8'),
) as Golden;
const titled = <T extends { input: KubeObject }>(list: T[]) =>
  list.map((each, i) => ({ ...each, title: `${each.input.kind} ${String(i)}` }));

const untaken = {
  takenAddresses: () => new Set<string>(),
  takenPorts: () => new Set<number>(),
};

function filled(input: KubeObject): KubeObject {
  const type = builtinType(input.apiVersion, input.kind) ?? anyType;
  const object = inGoForm(structuredClone(input), type);
  applyDefaults(object);
  return object;
}

describe('defaults', () => {
  test.each(titled(golden.defaults))('$title', ({ input, output }) => {
    const object = filled(input);
    prepareBuiltin(object, undefined, untaken);
    expect(validateBuiltin(object, undefined)).toEqual([]);
    expect(object).toEqual(output);
  });
});

describe('invalid objects', () => {
  test.each(titled(golden.invalid))('$title', ({ input, causes }) => {
    const issues = validateBuiltin(filled(input), undefined).map((each) => [
      each.field,
      each.message,
    ]);
    expect(issues.sort()).toEqual(causes.sort());
  });
});

describe('decodeBuiltin', () => {
  const type = builtinType('apps/v1', 'Deployment') ?? anyType;

  test('names unknown fields and drops them', () => {
    const spec = { foo: 1, template: { spec: { containers: [{ name: 'x', bar: 1 }] } } };
    const { value, unknown } = decodeBuiltin({ spec }, type);
    expect(unknown).toEqual([
      'unknown field "spec.foo"',
      'unknown field "spec.template.spec.containers[0].bar"',
    ]);
    expect(value).toEqual({ spec: { template: { spec: { containers: [{ name: 'x' }] } } } });
  });

  test.each([
    [
      { replicas: '3' },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      { template: { spec: { containers: {} } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
  ])('%j', (spec, failure) => {
    expect(decodeBuiltin({ spec }, type).failure).toBe(failure);
  });
});
