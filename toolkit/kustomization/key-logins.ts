/** Logins of a decryption Secret with the services that keep keys (kustomize-controller internal/decryptor). */
import {
  azureApplication,
  azureApplicationToken,
  azureManagedToken,
  googleKeyToken,
} from '../../lib/cloud/mod.ts';
import type { CloudOptions } from '../../lib/cloud/mod.ts';
import { parseYaml } from '../../lib/helm/yaml/mod.ts';
import type { KeyServiceLogins } from '../../lib/sops/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { KustomizationError } from './errors.ts';

/**
 * @param data of the Secret, in base64
 * @param where the Secret, for messages
 * @throws KustomizationError `BuildFailed` for a login that cannot be read; messages never hold content
 */
export function readLogins(
  data: Readonly<Record<string, string>>,
  cloud: CloudOptions,
  where: string,
): KeyServiceLogins {
  const read = <T>(name: string, take: (bytes: Buffer) => T): T | undefined => {
    const encoded = data[name];
    if (encoded === undefined) return undefined;
    try {
      return take(Buffer.from(encoded, 'base64'));
    } catch (cause) {
      const why = cause instanceof LoginProblem ? cause.message : 'it is no YAML';
      const message = `failed to import '${name}' data from ${where}: ${why}`;
      throw new KustomizationError('BuildFailed', name, message, { cause });
    }
  };
  return {
    aws: read('sops.aws-kms', (bytes) => {
      const file = fieldsOf(bytes);
      const [id, key] = [file.text('aws_access_key_id'), file.text('aws_secret_access_key')];
      if (id === undefined || key === undefined)
        throw new LoginProblem("requires 'aws_access_key_id' and 'aws_secret_access_key'");
      const sessionToken = file.text('aws_session_token');
      return { accessKeyId: id, secretAccessKey: key, sessionToken };
    }),
    google: read('sops.gcp-kms', (bytes) => {
      const text = bytes.toString('utf8').trim();
      return () => googleKeyToken(text, cloud);
    }),
    azure: read('sops.azure-kv', (bytes) => azureLogin(fieldsOf(bytes), cloud)),
    vaultToken: read('sops.vault-token', (bytes) => bytes.toString('utf8').trim()),
  };
}

class LoginProblem extends Error {}

function azureLogin(file: Fields, cloud: CloudOptions): KeyServiceLogins['azure'] {
  const client = file.text('clientId');
  const authority = file.text('authorityHost');
  const application =
    azureApplication({
      tenant: file.text('tenantId'),
      client,
      secret: file.text('clientSecret'),
      certificate: file.text('clientCertificate'),
      withChain: file.flag('clientCertificateSendChain') ?? false,
      authority,
    }) ??
    // As `az ad sp create-for-rbac` prints it.
    azureApplication({
      tenant: file.text('tenant'),
      client: file.text('appId'),
      secret: file.text('password'),
      authority,
    });
  if (application !== undefined) return (scope) => azureApplicationToken(application, scope, cloud);
  if (client !== undefined) return (scope) => azureManagedToken(client, scope, cloud);
  throw new LoginProblem(
    "invalid data: requires a 'clientId' field, a combination of 'tenantId', 'clientId' and 'clientSecret', or 'tenantId', 'clientId' and 'clientCertificate'",
  );
}

/** @throws LoginProblem, and what the parser throws */
function fieldsOf(bytes: Buffer): Fields {
  // Files of Windows' shell.
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = bytes.toString(isWide ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
  const value = parseYaml(text);
  if (!(value instanceof Map)) throw new LoginProblem('it is no map');
  return new Fields(Object.fromEntries(value));
}
