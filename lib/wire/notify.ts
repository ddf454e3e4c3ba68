/** Notices of changes elsewhere: POST /v11/notify. */
import { Fault } from '../runtime/mod.ts';

export type ChangeNotice =
  | { Kind: 'git'; Source: { URL: string; Branch: string } }
  | { Kind: 'image'; Source: { Name: { Domain: string; Image: string } } };

/** @throws Fault `BadRequest` for an unknown kind or shape */
export function parseChangeNotice(body: unknown): ChangeNotice {
  const given = part(body);
  const source = part(given.Source);
  if (given.Kind === 'git')
    return { Kind: 'git', Source: { URL: text(source.URL), Branch: text(source.Branch) } };
  if (given.Kind === 'image') {
    const name = part(source.Name);
    return {
      Kind: 'image',
      Source: { Name: { Domain: text(name.Domain), Image: text(name.Image) } },
    };
  }
  throw new Fault(
    'BadRequest',
    'stall',
    'request',
    `unknown kind of change: ${JSON.stringify(given.Kind)}`,
  );
}

/** A field by its name, whatever its case: Go's decoder is as lenient. */
function part(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  const names = ['Kind', 'Source', 'URL', 'Branch', 'Name', 'Domain', 'Image'];
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      names.find((name) => name.toLowerCase() === key.toLowerCase()) ?? key,
      field,
    ]),
  );
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
