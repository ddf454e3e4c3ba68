/** AWS Signature Version 4. Pure but for the hash. */
import { createHash, createHmac } from 'node:crypto';

export interface AwsKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

export interface Signing {
  /** Default POST. */
  method?: string;
  keys: AwsKeys;
  region: string;
  service: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  at: Date;
}

/** Signs a request; its path is taken as it is, already encoded. @returns the headers to send */
export function signAws(request: Signing): Record<string, string> {
  const { method = 'POST', keys, region, service, url, body, at } = request;
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const headers: Record<string, string> = {
    ...request.headers,
    host: url.host,
    'x-amz-date': stamp,
    ...(keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...names.map((name) => `${name}:${headers[name]?.trim() ?? ''}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const signature = signAwsText({ keys, region, service, stamp, canonical });
  const scope = scopeOf(day, region, service);
  const { host: _host, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

/**
 * Signs a request by its address alone: whoever has it may send it, with these headers and without a body.
 *
 * @returns the address with the signature; of a query that says how long it is good (`X-Amz-Expires`)
 */
export function presignAws({
  method = 'GET',
  keys,
  region,
  service,
  url,
  headers,
  at,
}: Omit<Signing, 'body'>): URL {
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const all: Record<string, string> = { ...headers, host: url.host };
  const names = Object.keys(all).sort();
  const signed = new URL(url);
  const { searchParams: query } = signed;
  query.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
  query.set(
    'X-Amz-Credential',
    `${keys.accessKeyId}/${scopeOf(stamp.slice(0, 8), region, service)}`,
  );
  query.set('X-Amz-Date', stamp);
  query.set('X-Amz-SignedHeaders', names.join(';'));
  if (keys.sessionToken !== undefined) query.set('X-Amz-Security-Token', keys.sessionToken);
  const canonical = [
    method,
    signed.pathname,
    canonicalQuery(signed),
    ...names.map((name) => `${name}:${all[name]?.trim() ?? ''}`),
    '',
    names.join(';'),
    sha256(''),
  ].join('\n');
  const signature = signAwsText({ keys, region, service, stamp, canonical });
  // As it was signed: a form would write blanks and tildes in other ways.
  signed.search = `?${canonicalQuery(signed)}&X-Amz-Signature=${signature}`;
  return signed;
}

const scopeOf = (day: string, region: string, service: string): string =>
  `${day}/${region}/${service}/aws4_request`;

/**
 * The signature over a request in its canonical form.
 *
 * @param request.stamp `20150830T123600Z`; some services leave out the `Z`
 * @returns in hexadecimal
 */
export function signAwsText({
  keys,
  region,
  service,
  stamp,
  canonical,
}: Pick<Signing, 'keys' | 'region' | 'service'> & { stamp: string; canonical: string }): string {
  const day = stamp.slice(0, 8);
  const scope = scopeOf(day, region, service);
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${keys.secretAccessKey}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

function canonicalQuery({ searchParams }: URL): string {
  const encoded = (text: string) =>
    encodeURIComponent(text).replaceAll(
      /[!'()*]/g,
      (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return [...searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
