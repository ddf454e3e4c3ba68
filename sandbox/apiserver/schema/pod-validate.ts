/** Validity of pod specs, in the words of kube-apiserver 1.34. */
import { duplicate, invalidValue, notSupported, required } from './issue.ts';
import type { Issue } from './issue.ts';
import { checkName } from './names.ts';
import { parseQuantity } from './quantity.ts';
import { isObject } from './type-node.ts';
import type { JsonObject } from './type-node.ts';

export function objectIn(value: unknown, field: string): JsonObject {
  const found = isObject(value) ? value[field] : undefined;
  return isObject(found) ? found : {};
}

export function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function checkPodSpec(spec: JsonObject, path: string): Issue[] {
  const issues: Issue[] = [];
  const volumes = new Set<string>();
  listOf(spec['volumes']).forEach((volume, i) => {
    const at = `${path}.volumes[${String(i)}].name`;
    const { name } = volume;
    if (typeof name !== 'string' || name === '') issues.push(required(at));
    else {
      issues.push(...checkName(at, name, 'label'));
      if (volumes.has(name)) issues.push(duplicate(at, name));
      volumes.add(name);
    }
  });
  const containers = listOf(spec['containers']);
  if (containers.length === 0) issues.push(required(`${path}.containers`));
  const names = new Set<string>();
  const check = (list: JsonObject[], field: string) => {
    list.forEach((container, i) => {
      checkContainer(container, `${path}.${field}[${String(i)}]`, { names, volumes }, issues);
    });
  };
  check(containers, 'containers');
  check(listOf(spec['initContainers']), 'initContainers');
  return issues;
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

function checkContainer(
  container: JsonObject,
  path: string,
  pod: { names: Set<string>; volumes: ReadonlySet<string> },
  issues: Issue[],
): void {
  const { name, image, imagePullPolicy } = container;
  if (typeof name !== 'string' || name === '') issues.push(required(`${path}.name`));
  else {
    issues.push(...checkName(`${path}.name`, name, 'label'));
    if (pod.names.has(name)) issues.push(duplicate(`${path}.name`, name));
    pod.names.add(name);
  }
  if (typeof image !== 'string' || image === '') issues.push(required(`${path}.image`));
  else if (image.trim() !== image) {
    issues.push(
      invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'),
    );
  }
  if (typeof imagePullPolicy === 'string' && !pullPolicies.includes(imagePullPolicy)) {
    issues.push(notSupported(`${path}.imagePullPolicy`, imagePullPolicy, pullPolicies));
  }
  const portNames = new Set<string>();
  listOf(container['ports']).forEach((port, i) => {
    const { name: portName } = port;
    if (typeof portName === 'string' && portName !== '') {
      if (portNames.has(portName))
        issues.push(duplicate(`${path}.ports[${String(i)}].name`, portName));
      portNames.add(portName);
    }
    const at = `${path}.ports[${String(i)}].containerPort`;
    const number = port['containerPort'];
    if (number === undefined || number === 0) issues.push(required(at));
    else if (typeof number !== 'number' || number < 1 || number > 65_535) {
      issues.push(invalidValue(at, number, 'must be between 1 and 65535, inclusive'));
    }
  });
  listOf(container['env']).forEach((variable, i) => {
    if (typeof variable['name'] !== 'string' || variable['name'] === '') {
      issues.push(required(`${path}.env[${String(i)}].name`));
    }
  });
  listOf(container['volumeMounts']).forEach((mount, i) => {
    const at = `${path}.volumeMounts[${String(i)}]`;
    const { name: volume, mountPath } = mount;
    if (typeof volume !== 'string' || volume === '') issues.push(required(`${at}.name`));
    else if (!pod.volumes.has(volume)) {
      issues.push({
        field: `${at}.name`,
        reason: 'FieldValueInvalid',
        message: `Not found: ${JSON.stringify(volume)}`,
      });
    }
    if (typeof mountPath !== 'string' || mountPath === '') issues.push(required(`${at}.mountPath`));
  });
  checkResources(objectIn(container, 'resources'), `${path}.resources`, issues);
}

function checkResources(resources: JsonObject, path: string, issues: Issue[]): void {
  const limits = objectIn(resources, 'limits');
  for (const [name, amount] of Object.entries(objectIn(resources, 'requests'))) {
    const limit = limits[name];
    if (limit === undefined) continue;
    const asked = parseQuantity(String(amount));
    const most = parseQuantity(String(limit));
    if (asked !== undefined && most !== undefined && asked > most) {
      issues.push(
        invalidValue(
          `${path}.requests`,
          amount,
          `must be less than or equal to ${name} limit of ${String(limit)}`,
        ),
      );
    }
  }
}
