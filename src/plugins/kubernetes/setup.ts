import type { PluginDeclaration } from '../declaration.ts';
import type { PluginSetup } from '../plugin.ts';
import { randomIndexFrom } from '../random-index.ts';
import { Kubernetes } from './index.ts';

/** Makes the plugin of the names that the directive, read with the settings, is served with. */
const setup: PluginSetup = (_lines, { cluster, resolve, clock, random }) =>
  cluster && new Kubernetes({ ...cluster, resolve, clock, rotation: randomIndexFrom(random) });

export const plugin: PluginDeclaration = {
  directive: 'kubernetes',
  setup,
  answers: true,
  isNeverCached: true,
};
