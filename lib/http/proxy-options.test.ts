import { expect, test } from 'vitest';
import { proxyOptions } from './proxy-options.ts';

test.each([
  ['http://proxy:3128', { uri: 'http://proxy:3128/' }],
  ['https://u:p@proxy:3128', { uri: 'https://proxy:3128/', token: 'Basic dTpw' }],
  ['http://u@proxy', { uri: 'http://proxy/', token: 'Basic dTo=' }],
  ['http://a%40b:c%3Ad@proxy', { uri: 'http://proxy/', token: 'Basic YUBiOmM6ZA==' }],
])('%s', (address, options) => {
  expect(proxyOptions(address)).toEqual(options);
});
