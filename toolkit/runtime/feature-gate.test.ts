import { describe, expect, test } from 'vitest';
import { defaultGates, readFeatureGates } from './feature-gate.ts';

describe('readFeatureGates', () => {
  test.each([
    { text: '', want: {} },
    { text: 'UseHelm3Defaults=true', want: { UseHelm3Defaults: true } },
    {
      text: ' UseHelm3Defaults=false , AdditiveCELDependencyCheck=true',
      want: { AdditiveCELDependencyCheck: true },
    },
    { text: 'StrictPostBuildSubstitutions=false', want: { StrictPostBuildSubstitutions: false } },
    { text: 'OOMWatch=true,GitSparseCheckout=true', want: {} },
  ])('$text', ({ text, want }) => {
    expect(readFeatureGates(text)).toEqual({ ...defaultGates, ...want });
  });

  test.each([
    { text: 'toString=true', want: "feature-gate 'toString' not supported" },
    { text: 'Other=true', want: "feature-gate 'Other' not supported" },
    { text: 'UseHelm3Defaults', want: /is not of the form NAME=true\|false$/ },
    { text: 'UseHelm3Defaults=yes', want: /is not of the form NAME=true\|false$/ },
  ])('$text is refused', ({ text, want }) => {
    expect(() => readFeatureGates(text)).toThrow(want);
  });
});
