/** `registry login` and `registry logout` (helm 3.19 cmd/helm/registry_*.go). */
import { messageOf } from '../../runtime/mod.ts';
import { createOciTransport } from '../fetch/oci-transport.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { changeLogins } from './transfer.ts';

export const login = command({
  usage: 'registry login [host]',
  help: 'Tries a name and a password on a registry and keeps them for later.',
  args: { least: 1 },
  flags: [
    {
      name: 'ca-file',
      type: 'string',
      default: '',
      help: 'verify certificates of HTTPS-enabled servers using this CA bundle',
    },
    {
      name: 'cert-file',
      type: 'string',
      default: '',
      help: 'identify registry client using this SSL certificate file',
    },
    {
      name: 'insecure',
      type: 'bool',
      default: false,
      help: 'allow connections to TLS registry without certs',
    },
    {
      name: 'key-file',
      type: 'string',
      default: '',
      help: 'identify registry client using this SSL key file',
    },
    {
      name: 'password',
      short: 'p',
      type: 'string',
      default: '',
      help: 'registry password or identity token',
    },
    {
      name: 'password-stdin',
      type: 'bool',
      default: false,
      help: 'read password or identity token from stdin',
    },
    {
      name: 'plain-http',
      type: 'bool',
      default: false,
      help: 'use insecure HTTP connections for the chart upload',
    },
    {
      name: 'username',
      short: 'u',
      type: 'string',
      default: '',
      help: 'registry username',
    },
  ],
  run: async (context, [given = ''], flags) => {
    const host = hostOf(given);
    const credentials = await ask(context, flags);
    const transport = createOciTransport({
      credentials,
      plainHttp: flags['plain-http'],
      signal: context.signal,
      tls: {
        caFile: flags['ca-file'],
        certFile: flags['cert-file'],
        keyFile: flags['key-file'],
        insecureSkipTlsVerify: flags.insecure,
      },
    });
    await transport
      .send({ method: 'GET', host, repository: '', path: '', access: 'pull' })
      .catch((thrown: unknown) => {
        throw refuse(`authenticating to "${host}": ${messageOf(thrown)}`);
      });
    const { username, password } = credentials;
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    await changeLogins(context.settings.registryConfig, (auths) => {
      auths[keyOf(host)] = { auth };
      return true;
    });
    context.err('Login Succeeded\n');
  },
});

export const logout = command({
  usage: 'registry logout [host]',
  help: 'Forgets the password of a registry.',
  args: { least: 1 },
  flags: [],
  run: async (context, [given = '']) => {
    const host = hostOf(given);
    await changeLogins(context.settings.registryConfig, (auths) => {
      const known = keyOf(host) in auths;

      delete auths[keyOf(host)];
      return known;
    });
    context.err(`Removing login credentials for ${host}\n`);
  },
});

const hostOf = (text: string) => text.replace(/^(?:oci|https?):\/\//, '').replace(/\/.*$/s, '');

/** Docker's name for its own registry. */
const keyOf = (host: string) =>
  host === 'docker.io' || host === 'registry-1.docker.io' ? 'https://index.docker.io/v1/' : host;

async function ask(
  context: CommandContext,
  flags: { username: string; password: string; 'password-stdin': boolean },
): Promise<{ username: string; password: string }> {
  const { username } = flags;
  if (flags['password-stdin'])
    return { username, password: (await context.readInput()).replace(/\r?\n$/, '') };
  if (flags.password !== '') {
    context.err('WARNING: Using --password via the CLI is insecure. Use --password-stdin.\n');
    return { username, password: flags.password };
  }
  context.out(username === '' ? 'Username: ' : 'Password: ');
  const lines = (await context.readInput()).split(/\r?\n/);
  const name = username === '' ? (lines.shift() ?? '').trim() : username;
  const [password = ''] = lines;
  if (password === '') throw refuse(name === '' ? 'token required' : 'password required');
  return { username: name, password };
}
