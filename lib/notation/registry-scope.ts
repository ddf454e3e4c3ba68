/** Repositories that trust policies name: `host/path`, or `*` for all others. */
import { NotationError } from './errors.ts';
import { quote } from './quote.ts';

interface Scoped {
  name: string;
  registryScopes: readonly string[];
}

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = new RegExp(`^${label}(?:\\.${label})*(?::[0-9]+)?$`);
const repository =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const help =
  'make sure it is a fully qualified repository without the scheme, protocol or tag. For example domain.com/my/repository or a local scope like local/myOCILayout';

const invalid = (message: string) => new NotationError('InvalidTrustPolicy', message);

/** @throws NotationError `InvalidTrustPolicy` */
export function checkScope(scope: string): void {
  if (scope.length > 1 && scope.includes('*'))
    throw invalid(`registry scope ${quote(scope)} with wild card(s) is not valid, ${help}`);
  const slash = scope.indexOf('/');
  const isScope =
    slash > 0 && host.test(scope.slice(0, slash)) && repository.test(scope.slice(slash + 1));
  if (!isScope) throw invalid(`registry scope ${quote(scope)} is not valid, ${help}`);
}

/** Each scope is in one policy only. @throws NotationError `InvalidTrustPolicy` */
export function checkScopes(policies: readonly Scoped[]): void {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { name, registryScopes } of policies) {
    const statement = `trust policy statement ${quote(name)}`;
    if (registryScopes.length === 0)
      throw invalid(
        `${statement} has zero registry scopes, it must specify registry scopes with at least one value`,
      );
    if (registryScopes.length > 1 && registryScopes.includes('*'))
      throw invalid(
        `${statement} uses wildcard registry scope '*', a wildcard scope cannot be used in conjunction with other scope values`,
      );
    for (const scope of registryScopes) {
      if (scope !== '*') checkScope(scope);
      if (seen.has(scope)) twice.push(scope);
      seen.add(scope);
    }
  }
  const [first] = twice;
  if (first !== undefined)
    throw invalid(
      `registry scope ${quote(first)} is present in multiple trust policy statements, one registry scope value can only be associated with one statement`,
    );
}
