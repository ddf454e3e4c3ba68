/** Git URLs as people write them. */

/**
 * The URL in URL form and without its password: what logs, APIs and sync set names use (spec flux-v1 §3.7).
 *
 * `git@host:org/repo` becomes `ssh://git@host/org/repo`, a path `file://…`; an https URL keeps its user name; nothing is
 * trimmed. A text that is no URL gives `<unparseable: …>`.
 */
export function safeUrl(url: string): string {
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(url)) {
    const match = /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/)(?:([^@/]*)@)?([^/]*)(.*)$/s.exec(url);
    if (match === null) return `<unparseable: ${url.replace(/\/\/[^@]*@/, '//')}>`;
    const [, scheme = '', userinfo, host = '', path = ''] = match;
    const user = userinfo?.split(':')[0];
    return `${scheme}${user === undefined || user === '' ? '' : `${user}@`}${host}${path}`;
  }
  const scp = /^(?:([^@/:]+)@)?([^/:]+):(.*)$/s.exec(url);
  if (scp !== null) {
    const [, user, host = '', path = ''] = scp;
    return `ssh://${user === undefined ? '' : `${user}@`}${host}/${path.replace(/^\/+/, '')}`;
  }
  return `file://${url}`;
}

/** Passwords of the URLs that a text names, made illegible as Go does it: `https://user:***@host`. */
export const hidePasswords = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:'"]*):[^\s/@'"]*@/gi, '$1:***@');

/** True for http and https: no SSH key is involved. */
export function isHttpUrl(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

export interface HttpCredentials {
  username: string;
  password: string;
}

/**
 * An http(s) URL with a user name and a password that come from elsewhere, such as a Secret in the environment.
 *
 * @returns the URL as it is when it is none of http, has credentials of its own, or there is no password
 */
export function withCredentials(url: string, { username, password }: HttpCredentials): string {
  if (!isHttpUrl(url) || password === '' || splitCredentials(url).credentials !== undefined)
    return url;
  const userinfo = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return url.replace('//', `//${userinfo}@`);
}

/**
 * Splits user name and password off an http(s) URL, so that they can travel outside the command line.
 *
 * @returns the URL without them; `credentials` is `undefined` when the URL holds none
 */
export function splitCredentials(url: string): {
  url: string;
  credentials: HttpCredentials | undefined;
} {
  const match = /^(https?:\/\/)([^@/]*)@(.*)$/is.exec(url);
  if (match === null) return { url, credentials: undefined };
  const [, scheme = '', userinfo = '', rest = ''] = match;
  const colon = userinfo.indexOf(':');
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      // Not percent-encoded: taken as it stands.
      return text;
    }
  };
  return {
    url: `${scheme}${rest}`,
    credentials: {
      username: decode(colon < 0 ? userinfo : userinfo.slice(0, colon)),
      password: colon < 0 ? '' : decode(userinfo.slice(colon + 1)),
    },
  };
}
