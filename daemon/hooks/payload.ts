/** What Git hosts and registries say in their webhooks. Pure. */
import { valueAt } from '../../lib/manifest/mod.ts';
import { parseImageRef } from '../../lib/policy/mod.ts';
import type { ImageName } from '../../lib/policy/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';

export type HookKind =
  'github' | 'gitlab' | 'bitbucket' | 'dockerhub' | 'harbor' | 'quay' | 'generic';

export const hookKinds: readonly HookKind[] = [
  'github',
  'gitlab',
  'bitbucket',
  'dockerhub',
  'harbor',
  'quay',
  'generic',
];

/** What has changed elsewhere. */
export interface HookNews {
  /** Pushes: every URL under which the repository is known, and the branches; none means any branch. */
  git: { urls: readonly string[]; branches: readonly string[] }[];
  images: ImageName[];
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Deliveries that tell of something else (a ping, an issue) are no news. */
export function readHook(kind: HookKind, headers: Headers, body: unknown): HookNews {
  const text = (...path: (string | number)[]) => {
    const value = valueAt(body, path);
    return typeof value === 'string' ? value : '';
  };
  const push = (urls: readonly string[], branches: readonly string[]): HookNews => ({
    git: [
      {
        urls: urls.filter((url) => url !== ''),
        branches: branches.filter((branch) => branch !== ''),
      },
    ],
    images: [],
  });
  const images = (...names: string[]): HookNews => ({ git: [], images: names.flatMap(imageName) });
  const nothing: HookNews = { git: [], images: [] };
  const event = String(headers['x-github-event'] ?? headers['x-event-key'] ?? '');

  switch (kind) {
    case 'github': {
      if (event === 'package' || event === 'registry_package') {
        const [owner, name] = [
          text(event, 'namespace') || text(event, 'owner', 'login'),
          text(event, 'name'),
        ];
        return owner === '' || name === ''
          ? nothing
          : images(`ghcr.io/${owner.toLowerCase()}/${name}`);
      }
      if (event !== 'push') return nothing;
      const at = (field: string) => text('repository', field);
      return push(['ssh_url', 'clone_url', 'git_url', 'html_url'].map(at), [branchOf(text('ref'))]);
    }
    case 'gitlab':
      if (text('object_kind') !== 'push') return nothing;
      return push(
        ['git_ssh_url', 'git_http_url', 'web_url'].map((field) => text('project', field)),
        [branchOf(text('ref'))],
      );
    case 'bitbucket': {
      if (event === 'repo:push') {
        const name = text('repository', 'full_name');
        const changes = valueAt(body, ['push', 'changes']);
        return push(
          [`git@bitbucket.org:${name}.git`, `https://bitbucket.org/${name}`],
          (Array.isArray(changes) ? changes : []).map((change: unknown) => {
            const branch = valueAt(change, ['new', 'name']);
            return typeof branch === 'string' ? branch : '';
          }),
        );
      }
      if (event !== 'repo:refs_changed') return nothing;
      const clone = valueAt(body, ['repository', 'links', 'clone']);
      const changes = valueAt(body, ['changes']);
      return push(
        hrefs(clone),
        (Array.isArray(changes) ? changes : []).map((change: unknown) => {
          const branch = valueAt(change, ['ref', 'displayId']);
          return typeof branch === 'string' ? branch : '';
        }),
      );
    }
    case 'dockerhub':
      return images(text('repository', 'repo_name'));
    case 'quay':
      return images(text('docker_url'));
    case 'harbor': {
      if (!/^(PUSH_ARTIFACT|pushImage)$/.test(text('type'))) return nothing;
      const resources = valueAt(body, ['event_data', 'resources']);
      return images(
        ...(Array.isArray(resources) ? resources : []).map((resource: unknown) => {
          const url = valueAt(resource, ['resource_url']);
          return typeof url === 'string' ? url : '';
        }),
      );
    }
    case 'generic': {
      const [image, url] = [text('image'), text('url')];
      if (image !== '') return images(image);
      return url === '' ? nothing : push([url], [text('branch')]);
    }
  }
}

const branchOf = (ref: string): string => ref.replace(/^refs\/heads\//, '');

const hrefs = (links: unknown): string[] =>
  (Array.isArray(links) ? links : []).filter(isRecord).map(({ href }) => String(href ?? ''));

function imageName(text: string): ImageName[] {
  try {
    const { domain, image } = parseImageRef(text);
    return [{ domain, image }];
  } catch {
    // A delivery without an image names none.
    return [];
  }
}

/** Host and path alone: the same for every way to write a repository's URL. */
export function sameRepository(a: string, b: string): boolean {
  const bare = (url: string) =>
    url
      .replace(/^[a-z+]+:\/\//i, '')
      .replace(/^[^@/]*@/, '')
      .replace(/^([^/:]+):(\d+\/)?(?=.)/, '$1/')
      .replace(/\/+/g, '/')
      .replace(/(\.git)?\/?$/, '')
      .toLowerCase();
  return bare(a) === bare(b);
}
