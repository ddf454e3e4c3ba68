/** Names that Kubernetes takes for a kind (k8s.io/apimachinery/pkg/api/validation). */

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const label1123 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** @returns as `helm lint` words it */
export function nameProblem(kind: string, name: string): string | undefined {
  const problems = problemsOf(kind.toLowerCase(), name).map(
    (text) => `metadata.name: Invalid value: ${JSON.stringify(name)}: ${text}`,
  );
  if (problems.length === 0) return undefined;
  const all = problems.length === 1 ? problems.join('') : `[${problems.join(', ')}]`;
  return `object name does not conform to Kubernetes naming requirements: ${JSON.stringify(name)}: ${all}`;
}

function problemsOf(kind: string, name: string): string[] {
  switch (kind) {
    case 'certificatesigningrequest':
      return [];
    case 'role':
    case 'clusterrole':
    case 'rolebinding':
    case 'clusterrolebinding':
      if (name === '.' || name === '..') return [`may not be '${name}'`];
      return ['/', '%']
        .filter((part) => name.includes(part))
        .map((part) => `may not contain '${part}'`);
    case 'service':
      return checked(name, 63, /^[a-z]([-a-z0-9]*[a-z0-9])?$/, label1035);
    case 'namespace':
      return checked(name, 63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, label1123);
    default:
      return checked(
        name,
        253,
        /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
        subdomain,
      );
  }
}

function checked(name: string, longest: number, pattern: RegExp, text: string): string[] {
  return [
    ...(name.length > longest ? [`must be no more than ${longest} bytes`] : []),
    ...(pattern.test(name) ? [] : [text]),
  ];
}
