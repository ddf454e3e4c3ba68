import { describe, expect, test } from 'vitest';
import { addMarks } from './mark.ts';

const web = { kind: 'Deployment', name: 'web', namespace: undefined };
const image = ['spec', 'template', 'spec', 'containers', 0, 'image'];
const marks = [{ path: image, comment: '{"$imagepolicy": "flux:web"}' }];
const file = (line: string, eol = '\n') =>
  [
    '# kept',
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata: {name:  web}',
    'spec:',
    '  template:',
    '    spec:',
    '      containers:',
    '        - name: web',
    `          ${line}`,
    '          env:   []',
    '',
  ].join(eol);

describe('addMarks', () => {
  test.each([
    { why: 'plain', line: 'image: web:1.0', want: 'image: web:1.0 # {"$imagepolicy": "flux:web"}' },
    {
      why: 'in quotes, with blanks behind',
      line: `image: 'web:1.0'   `,
      want: `image: 'web:1.0' # {"$imagepolicy": "flux:web"}`,
    },
    {
      why: 'marked already',
      line: 'image: web:1.0  # {"$imagepolicy": "flux:web"}',
      want: 'image: web:1.0  # {"$imagepolicy": "flux:web"}',
    },
  ])('$why', ({ line, want }) => {
    expect(addMarks(file(line), 'web.yaml', web, marks)).toBe(file(want));
  });

  test('line ends stay as they are', () => {
    const edited = addMarks(file('image: web:1.0', '\r\n'), 'web.yaml', web, marks);
    expect(edited).toBe(file('image: web:1.0 # {"$imagepolicy": "flux:web"}', '\r\n'));
  });

  test.each([
    { why: 'another comment', line: 'image: web:1.0 # pinned', said: /goes on with # pinned/ },
    { why: 'no such value', line: 'images: web:1.0', said: /no such value/ },
    { why: 'a block', line: 'image: >-\n            web:1.0', said: /is a block/ },
  ])('no room: $why', ({ line, said }) => {
    expect(() => addMarks(file(line), 'web.yaml', web, marks)).toThrow(said);
  });
});
