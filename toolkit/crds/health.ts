/** When other objects count as ready, in expressions. Pure. */
import { list, object, text } from './schema.ts';
import type { Schema } from './schema.ts';

export const healthCheckExprs: Schema = list(
  'States of custom resources.',
  object(
    'How a custom resource says in which state it is, in CEL.',
    {
      apiVersion: text('Of the resource.'),
      kind: text('Of the resource; every kind of the group when empty.'),
      current: text('True when all is well.'),
      inProgress: text('True while it is being worked on.'),
      failed: text('True when there is no hope.'),
    },
    ['apiVersion', 'current'],
  ),
);

/** @param kind of the objects that depend on one another */
export const dependsOn = (kind: string): Schema =>
  list(
    `${kind}s that have to be ready first.`,
    object(
      `A ${kind}.`,
      {
        name: text('Its name.'),
        namespace: text(`Its namespace; that of the ${kind} when empty.`),
        readyExpr: text('When it counts as ready, in CEL of `self` and `dep`.'),
      },
      ['name'],
    ),
  );
