/** The definitions of image automation (spec §6.1). Pure. */
import { definitionOf, readyColumns } from './definition.ts';
import {
  accessFrom,
  choice,
  count,
  duration,
  flag,
  labelSelector,
  list,
  nameRef,
  object,
  rules,
  statusOf,
  suspend,
  text,
  textMap,
  timeoutPattern,
} from './schema.ts';

const group = 'image.toolkit.fluxcd.io';
const categories = ['all', 'fluxcd', 'fluxcd-image'];
const versions = ['v1', 'v1beta2', 'v1beta1'];
const dateTime = (description: string) => text(description, { format: 'date-time' });

export const imageRepository = definitionOf({
  group,
  kind: 'ImageRepository',
  plural: 'imagerepositories',
  shortNames: ['imgrepo', 'imagerepo'],
  categories,
  versions,
  columns: [
    { name: 'Image', jsonPath: '.spec.image' },
    { name: 'Tags', jsonPath: '.status.lastScanResult.tagCount' },
    ...readyColumns,
    { name: 'Last scan', jsonPath: '.status.lastScanResult.scanTime' },
  ],
  description: 'The tags of an image.',
  spec: object(
    'What is wanted.',
    {
      image: text('Its name, without scheme and tag.'),
      interval: duration('How often tags are listed.'),
      timeout: text('Limit of one listing; the interval when empty.', { pattern: timeoutPattern }),
      secretRef: nameRef('Secret made by `kubectl create secret docker-registry`.'),
      proxySecretRef: nameRef('Secret with `address`, and perhaps `username` and `password`.'),
      serviceAccountName: text(
        'Whose pull secrets are used besides, or whose identity with the `provider`.',
        { maxLength: 253 },
      ),
      certSecretRef: nameRef('Secret with `ca.crt`, or `tls.crt` and `tls.key`, or all three.'),
      suspend,
      accessFrom,
      exclusionList: list(
        'Regular expressions of tags that are not kept.',
        { type: 'string' },
        { maxItems: 25, default: ['^.*\\.sig$'] },
      ),
      provider: choice('How to log in.', ['generic', 'aws', 'azure', 'gcp'], {
        default: 'generic',
      }),
      insecure: flag('Plain HTTP, or a certificate that nobody vouches for, will do.'),
    },
    ['image', 'interval'],
  ),
  status: statusOf({
    canonicalImageName: text('The name with registry and all.'),
    lastScanResult: object('The last listing.', {
      revision: text('Of the list of tags.'),
      tagCount: count('Tags that were kept.'),
      scanTime: dateTime('When.'),
      latestTags: list('The greatest texts of them.', { type: 'string' }),
    }),
    observedExclusionList: list('`exclusionList` of the last listing.', { type: 'string' }),
  }),
});

const imageRef = object('An image.', {
  name: text('As the ImageRepository has it.'),
  tag: text('The tag.'),
  digest: text('What the tag stood for.'),
});

const ordered = (what: string) =>
  object(what, {
    order: choice('`asc`: the last one counts.', ['asc', 'desc'], { default: 'asc' }),
  });

export const imagePolicy = definitionOf({
  group,
  kind: 'ImagePolicy',
  plural: 'imagepolicies',
  shortNames: ['imgpol', 'imagepol'],
  categories,
  versions,
  columns: [
    { name: 'Image', jsonPath: '.status.latestRef.name' },
    { name: 'Tag', jsonPath: '.status.latestRef.tag' },
    ...readyColumns,
  ],
  description: 'Which tag of an image is wanted.',
  spec: object(
    'What is wanted.',
    {
      imageRepositoryRef: object(
        'The ImageRepository.',
        {
          name: text('Its name.'),
          namespace: text('Its namespace; that of the policy when empty.'),
        },
        ['name'],
      ),
      policy: object('One of these.', {
        semver: object('The greatest version.', { range: text('Among these versions.') }, [
          'range',
        ]),
        alphabetical: ordered('The greatest text.'),
        numerical: ordered('The greatest number.'),
      }),
      filterTags: object('Which tags are looked at, and which part of them.', {
        pattern: text('Regular expression of these tags.'),
        extract: text('What is compared, by groups of the expression.'),
      }),
      digestReflectionPolicy: choice(
        'Whether the digest is looked up.',
        ['Always', 'IfNotPresent', 'Never'],
        { default: 'Never' },
      ),
      interval: duration('How often it is looked up, with `Always`.'),
      suspend,
    },
    ['imageRepositoryRef', 'policy'],
    rules(
      [
        "!has(self.interval) || (has(self.digestReflectionPolicy) && self.digestReflectionPolicy == 'Always')",
        "spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'",
      ],
      [
        "has(self.interval) || !has(self.digestReflectionPolicy) || self.digestReflectionPolicy != 'Always'",
        "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'",
      ],
    ),
  ),
  status: statusOf({
    latestRef: imageRef,
    observedPreviousRef: imageRef,
    latestImage: text('The same as one text, for clients of older versions.'),
  }),
});

const gitRef = object('Which commit.', {
  branch: text('Its head.'),
  tag: text('What it stands for.'),
  semver: text('The newest tag in a range of versions.'),
  name: text('A whole ref.'),
  commit: text('Its hash.'),
});

export const imageUpdateAutomation = definitionOf({
  group,
  kind: 'ImageUpdateAutomation',
  plural: 'imageupdateautomations',
  shortNames: ['iua', 'imgupd', 'imgauto'],
  categories,
  versions,
  columns: [...readyColumns, { name: 'Last run', jsonPath: '.status.lastAutomationRunTime' }],
  description: 'Commits that set marked values to the images that policies have chosen.',
  spec: object(
    'What is wanted.',
    {
      sourceRef: object(
        'The repository.',
        {
          apiVersion: text('Of the object.'),
          kind: choice('Of the object.', ['GitRepository'], { default: 'GitRepository' }),
          name: text('Of the object.'),
          namespace: text('Of the object; that of this one when empty.'),
        },
        ['kind', 'name'],
      ),
      git: object(
        'How it is read and written.',
        {
          checkout: object('Where to begin.', { ref: gitRef }, ['ref']),
          commit: object(
            'The commit.',
            {
              author: object('Who.', { name: text('Name.'), email: text('Address.') }, ['email']),
              signingKey: object(
                'What it is signed with.',
                {
                  secretRef: nameRef(
                    'Secret with `git.asc` and perhaps `passphrase`, or `identity` and perhaps `password`.',
                  ),
                  type: choice('Of the key.', ['gpg', 'ssh'], { default: 'gpg' }),
                },
                ['secretRef'],
              ),
              messageTemplate: text('Go template of its message.'),
              messageTemplateValues: textMap('`.Values` of the template.'),
            },
            ['author'],
          ),
          push: object('Where to.', {
            branch: text('The branch; that checked out when empty.'),
            refspec: text('Pushed besides.'),
            options: textMap('Options of the push.'),
          }),
        },
        ['commit'],
      ),
      interval: duration('How often it is looked at.'),
      policySelector: labelSelector(
        'Labels of the policies that count; all of the namespace when empty.',
      ),
      update: object(
        'What is changed.',
        {
          strategy: choice('How values are found.', ['Setters'], { default: 'Setters' }),
          path: text('Folder; all of the repository when empty.'),
        },
        [],
        { default: { strategy: 'Setters' } },
      ),
      suspend,
    },
    ['sourceRef', 'interval'],
  ),
  status: statusOf({
    lastAutomationRunTime: dateTime('When it was last looked at.'),
    lastPushCommit: text('The last commit that was pushed.'),
    lastPushTime: dateTime('When.'),
    observedPolicies: {
      type: 'object',
      description: 'Images of the last commit, by policy.',
      additionalProperties: imageRef,
    },
    observedSourceRevision: text('Of the repository, when it was last looked at.'),
  }),
});
