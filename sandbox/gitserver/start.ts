/** Git over smart HTTP(S) on a loopback port: `git http-backend` behind a small CGI, bare repositories on disk. */
import { execFile, spawn } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GitServerOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** Where the repositories lie; a temporary folder, removed at the end, when absent. */
  folder?: string;
  /** The environment of the git programs; `PATH` at least. */
  env: Readonly<Record<string, string | undefined>>;
  /** Asks for these on each request. */
  credentials?: { username: string; password: string };
  /** Serves https with this certificate; both as PEM. */
  tls?: { key: string; cert: string };
}

export interface SandboxGitServer {
  /** `http://127.0.0.1:port`, or `https://…` */
  url: string;
  /** Makes a bare repository with branch `master`, its first commit holding the files of a folder; returns its URL. */
  createRepository(
    name: string,
    options?: { fromFolder?: string; message?: string },
  ): Promise<string>;
  /** Path of a bare repository on disk. */
  repositoryFolder(name: string): string;
  /** Refuses pushes with this text; `undefined` takes them again. */
  refusePushes(reason: string | undefined): void;
  /** Called when a push has ended. */
  onPush(listener: (repository: string) => void): void;
  close(): Promise<void>;
}

export async function startGitServer(options: GitServerOptions): Promise<SandboxGitServer> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'sandbox-git')));
  await mkdir(folder, { recursive: true });
  const env = { PATH: options.env.PATH ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  const execPath = (await run('git', ['--exec-path'], { env })).stdout.trim();
  const listeners = new Set<(repository: string) => void>();
  let refusal: string | undefined;

  const answer: RequestListener = (request, response) => {
    if (!authorized(request, options.credentials)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="sandbox"' }).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://git');
    const pushing =
      url.pathname.endsWith('/git-receive-pack') ||
      url.searchParams.get('service') === 'git-receive-pack';
    if (pushing && refusal !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(refusal);
      return;
    }
    backend(path.join(execPath, 'git-http-backend'), folder, env, url, request, response);
    if (url.pathname.endsWith('/git-receive-pack')) {
      const repository = url.pathname
        .slice(1)
        .replace(/\.git\/git-receive-pack$|\/git-receive-pack$/, '');
      response.on('finish', () => {
        for (const listener of listeners) listener(repository);
      });
    }
  };
  const { tls } = options;
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repositoryFolder = (name: string) => path.join(folder, `${name}.git`);

  return {
    url,
    repositoryFolder,
    createRepository: async (name, { fromFolder, message = 'Initial commit' } = {}) => {
      const bare = repositoryFolder(name);
      await run('git', ['init', '--quiet', '--bare', '--initial-branch=master', bare], { env });
      await run('git', ['-C', bare, 'config', 'http.receivepack', 'true'], { env });
      if (fromFolder !== undefined) await firstCommit(bare, fromFolder, message, env);
      return `${url}/${name}.git`;
    },
    refusePushes: (reason) => {
      refusal = reason;
    },
    onPush: (listener) => {
      listeners.add(listener);
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstCommit(
  bare: string,
  fromFolder: string,
  message: string,
  env: Record<string, string>,
): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'sandbox-git-work'));
  try {
    await cp(fromFolder, work, { recursive: true });
    const author = {
      GIT_AUTHOR_NAME: 'You',
      GIT_AUTHOR_EMAIL: 'you@example.com',
      GIT_COMMITTER_NAME: 'You',
      GIT_COMMITTER_EMAIL: 'you@example.com',
    };
    const git = (...args: string[]) =>
      run('git', ['-C', work, ...args], { env: { ...env, ...author } });
    await git('init', '--quiet', '--initial-branch=master');
    await writeFile(path.join(work, '.git/info/exclude'), '');
    await git('add', '--all', '--force');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    await git('push', '--quiet', bare, 'master');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function authorized(
  request: IncomingMessage,
  credentials: GitServerOptions['credentials'],
): boolean {
  if (credentials === undefined) return true;
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  return request.headers.authorization === `Basic ${basic}`;
}

/** One request through the CGI program; see git-http-backend(1). */
function backend(
  program: string,
  root: string,
  env: Record<string, string>,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const child = spawn(program, [], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: 'sandbox',
      REMOTE_ADDR: '127.0.0.1',
      ...(request.headers['content-encoding'] === undefined
        ? {}
        : { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
      ...(request.headers['git-protocol'] === undefined
        ? {}
        : { HTTP_GIT_PROTOCOL: String(request.headers['git-protocol']) }),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(child.stdin);
  // The backend may answer and end before it has read the whole request.
  child.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  let started = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (started) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    started = true;
    let status = 200;
    const headers: Record<string, string> = {};
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*(.*)/s);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else headers[name.toLowerCase()] = value;
    }
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
  });
  const fail = () => {
    if (started) response.end();
    else response.writeHead(500).end();
  };
  child.on('error', fail);
  child.stdout.on('end', () => {
    if (started) response.end();
  });
  child.on('close', (code) => {
    if (code !== 0 || !started) fail();
  });
}
