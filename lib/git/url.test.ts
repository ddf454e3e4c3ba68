import { describe, expect, test } from 'vitest';
import { hidePasswords, isHttpUrl, safeUrl, splitCredentials, withCredentials } from './url.ts';

describe('safeUrl', () => {
  test.each([
    ['git@github.com:org/repo', 'ssh://git@github.com/org/repo'],
    ['git@github.com:org/repo.git', 'ssh://git@github.com/org/repo.git'],
    ['ssh://git@host:22/org/repo.git', 'ssh://git@host:22/org/repo.git'],
    ['https://user:secret@host/org/repo', 'https://user@host/org/repo'],
    ['https://host/org/repo', 'https://host/org/repo'],
    ['https://:secret@host/repo', 'https://host/repo'],
    ['/srv/repo.git', 'file:///srv/repo.git'],
    ['host:repo', 'ssh://host/repo'],
  ])('%s is %s', (url, want) => {
    expect(safeUrl(url)).toBe(want);
  });
});

test('splitCredentials decodes user name and password', () => {
  expect(splitCredentials('https://a%40b:p%3Aq@host/x')).toEqual({
    url: 'https://host/x',
    credentials: { username: 'a@b', password: 'p:q' },
  });
  expect(splitCredentials('git@host:x')).toEqual({ url: 'git@host:x', credentials: undefined });
});

test('isHttpUrl', () => {
  expect(['https://x', 'HTTP://x', 'ssh://x', 'git@x:y'].map(isHttpUrl)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  ['https://host/x', 'https://you:p%40ss@host/x'],
  ['https://me@host/x', 'https://me@host/x'],
  ['git@host:x', 'git@host:x'],
])('credentials from elsewhere: %s becomes %s', (url, want) => {
  expect(withCredentials(url, { username: 'you', password: 'p@ss' })).toBe(want);
  expect(withCredentials(url, { username: 'you', password: '' })).toBe(url);
});

test.each([
  ['Get "https://you:secret@host/x?ref=1": refused', 'Get "https://you:***@host/x?ref=1": refused'],
  ['a git::http://you:p%40@h/a and ssh://me:b@h', 'a git::http://you:***@h/a and ssh://me:***@h'],
  ['https://host:8443/a@b, https://you@host', 'https://host:8443/a@b, https://you@host'],
  ['nothing: at@all', 'nothing: at@all'],
])('hidePasswords: %s', (text, hidden) => {
  expect(hidePasswords(text)).toBe(hidden);
});
