import { expect, test } from 'vitest';
import { signAws } from './aws-signature.ts';

/** The examples of Amazon's documentation: S3 API Reference, "Signature Calculations for the Authorization Header". */
test.each([
  [
    'https://examplebucket.s3.amazonaws.com/test.txt',
    { range: 'bytes=0-9' },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'https://examplebucket.s3.amazonaws.com/?lifecycle',
    {},
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J',
    {},
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
])('GET %s', (url, more, signature) => {
  const headers = signAws({
    method: 'GET',
    keys: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      sessionToken: undefined,
    },
    region: 'us-east-1',
    service: 's3',
    url: new URL(url),
    headers: {
      ...more,
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    },
    body: '',
    at: new Date('2013-05-24T00:00:00Z'),
  });
  expect(headers['authorization']).toContain(`Signature=${signature}`);
});
