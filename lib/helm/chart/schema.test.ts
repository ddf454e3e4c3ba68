/** Values against schemas, and what Helm 3.19.0 says of the same ones. */
import { describe, expect, test } from 'vitest';
import { bytesOfText } from '../values/mod.ts';
import { parseYamlMap } from '../yaml/mod.ts';
import { schemaProblems } from './schema.ts';

const values = parseYamlMap('{ip: notip, u: not a uri, e: null, num: 5}');
const seven = '"$schema":"http://json-schema.org/draft-07/schema#",';
const four = '"$schema":"http://json-schema.org/draft-04/schema#",';

const check = (schema: string, given = values) => schemaProblems(bytesOfText(schema), given);

describe('schemaProblems()', () => {
  test.each([
    {
      why: 'a format counts up to draft 7',
      schema: `{${seven}"properties":{"ip":{"type":"string","format":"ipv4"}}}`,
      want: "- at '/ip': 'notip' is not valid ipv4: expected four decimals\n\n",
    },
    {
      why: 'a relative URL is none',
      schema: `{${seven}"properties":{"u":{"format":"uri"}}}`,
      want: "- at '/u': 'not a uri' is not valid uri: relative url\n\n",
    },
    {
      why: 'a format is a remark from then on',
      schema: '{"properties":{"ip":{"type":"string","format":"ipv4"}}}',
      want: '',
    },
    {
      why: 'after a wrong type nothing else is looked at',
      schema: '{"properties":{"e":{"type":"string","enum":["a"],"minLength":3}}}',
      want: "- at '/e': got null, want string\n\n",
    },
    {
      why: 'beside a reference nothing counts up to draft 7',
      schema: `{${seven}"properties":{"num":{"$ref":"#/definitions/a","minimum":50}},"definitions":{"a":{"maximum":10}}}`,
      want: '',
    },
    {
      why: "draft 4's exclusive bounds are flags",
      schema: `{${four}"properties":{"num":{"minimum":5,"exclusiveMinimum":true}}}`,
      want: "- at '/num': exclusiveMinimum: got 5, want 5\n\n",
    },
    {
      why: 'a reference to nothing',
      schema: '{"properties":{"ip":{"$ref":"#/definitions/nope"}}}',
      want: 'json-pointer in "file:///values.schema.json#/definitions/nope" not found',
    },
  ])('$why', async ({ schema, want }) => {
    expect((await check(schema)).trimEnd()).toBe(want.trimEnd());
  });

  test('schemas behind URLs are asked for, and what they say counts', async () => {
    const asked: string[] = [];
    const load = (url: string) => {
      asked.push(url);
      return Promise.resolve(bytesOfText('{"definitions":{"small":{"maximum":3}}}'));
    };
    const schema =
      '{"properties":{"num":{"$ref":"https://example.com/a.json#/definitions/small"}}}';
    expect(await schemaProblems(bytesOfText(schema), values, load)).toBe(
      "- at '/num': maximum: got 5, want 3\n",
    );
    expect(asked).toEqual(['https://example.com/a.json']);
  });

  test('one that cannot be had fails the chart', async () => {
    const load = () => Promise.reject(new Error('HTTP request failed'));
    const schema =
      '{"properties":{"num":{"$ref":"https://example.com/b.json#/definitions/small"}}}';
    expect(await schemaProblems(bytesOfText(schema), values, load)).toBe(
      'failing loading "https://example.com/b.json": HTTP request failed',
    );
  });

  test.each([
    ['ipv6', '::1', true],
    ['ipv6', '1:2:3:4:5:6:7', false],
    ['ipv6', '::ffff:1.2.3.4', true],
    ['hostname', 'a.b-c.d', true],
    ['hostname', '-a', false],
    ['email', 'a.b@example.com', true],
    ['email', 'a..b@example.com', false],
    ['email', 'a@[1.2.3.4]', true],
    ['date', '2024-02-29', true],
    ['date', '2023-02-29', false],
    ['time', '23:59:60Z', true],
    ['time', '22:59:60Z', false],
    ['date-time', '2024-01-01T00:00:00+01:00', true],
    ['date-time', '2024-01-01 00:00:00Z', false],
    ['duration', 'P1DT2H', true],
    ['duration', 'P1H', false],
    ['uuid', '00000000-0000-0000-0000-00000000000g', false],
    ['uri', 'https://example.com/a?b', true],
    ['uri', 'http://a b/', false],
    ['uri-reference', '../x', true],
    ['json-pointer', '/a~1b', true],
    ['json-pointer', '/a~2', false],
    ['regex', '(', false],
    ['unknown', 'anything', true],
  ])('%s: %s is %s', async (format, text, good) => {
    const problem = await check(
      `{${seven}"properties":{"x":{"format":"${format}"}}}`,
      new Map([['x', text]]),
    );
    expect(problem === '').toBe(good);
  });
});
