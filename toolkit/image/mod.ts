/** Image automation: tags of images, which of them is wanted, and commits that say so. */
export type { ImageDependencies } from './dependencies.ts';
export { imagePolicyKind } from './image-policy.ts';
export { imageRepositoryKind } from './image-repository.ts';
export { imageUpdateAutomationKind } from './image-update-automation.ts';
export { createTagStore } from './tags.ts';
