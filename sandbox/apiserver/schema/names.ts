/** Names, labels and keys: the rules and the API server's words for breaking them. */
import { invalidValue, required } from './issue.ts';
import type { Issue } from './issue.ts';

interface Rule {
  pattern: RegExp;
  maxLength: number;
  message: string;
}

const subdomain: Rule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  maxLength: 253,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
};

const label: Rule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  message:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};

const dns1035: Rule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 63,
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
};

const labelValue: Rule = {
  pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
  maxLength: 63,
  message:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
};

const configKey: Rule = {
  pattern: /^[-._a-zA-Z0-9]+$/,
  maxLength: 253,
  message:
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
};

const qualifiedName: Rule = {
  pattern: /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/,
  maxLength: 63,
  message:
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
};

const rules = { subdomain, label, dns1035, labelValue, configKey };

export function checkName(field: string, value: string, rule: keyof typeof rules): Issue[] {
  return broken(value, rules[rule]).map((message) => invalidValue(field, value, message));
}

/** What a kind's own name must be. Names of RBAC objects may hold anything that fits into a path. */
export function checkObjectName(kind: string, name: string | undefined): Issue[] {
  const field = 'metadata.name';
  if (name === undefined || name === '')
    return [required(field, 'name or generateName is required')];
  if (/^(Cluster)?Role(Binding)?$/.test(kind)) {
    return /[/%]|^\.\.?$/.test(name) ? [invalidValue(field, name, "may not contain '/'")] : [];
  }
  const rule = kind === 'Service' ? 'dns1035' : kind === 'Namespace' ? 'label' : 'subdomain';
  return checkName(field, name, rule);
}

export function checkLabels(field: string, labels: Readonly<Record<string, unknown>>): Issue[] {
  const issues: Issue[] = [];
  for (const [key, value] of Object.entries(labels)) {
    issues.push(...checkKey(field, key));
    if (typeof value === 'string') {
      issues.push(
        ...broken(value, labelValue).map((message) => invalidValue(field, value, message)),
      );
    }
  }
  return issues;
}

/** A label's or annotation's key: `[prefix/]name`. */
export function checkKey(field: string, key: string): Issue[] {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  const messages = broken(name, qualifiedName);
  if (slash >= 0) {
    messages.unshift(
      ...broken(key.slice(0, slash), subdomain).map((message) => `prefix part ${message}`),
    );
  }
  return messages.map((message) => invalidValue(field, key, message));
}

function broken(value: string, rule: Rule): string[] {
  const messages: string[] = [];
  if (value.length > rule.maxLength)
    messages.push(`must be no more than ${String(rule.maxLength)} bytes`);
  if (!rule.pattern.test(value)) messages.push(rule.message);
  return messages;
}
