import { expect, test } from 'vitest';
import { setup } from '../../../src/plugins/metadata/setup.ts';
import { setUp } from '../../helpers/plugin-harness.ts';

test.for(['metadata', 'metadata example.org 10.0.0.0/8'])(
  'metadata setup takes %j and makes no plugin',
  (directive) => {
    expect(setUp(setup, directive)).toEqual({ plugin: undefined, problems: [] });
  },
);

test.for([
  [
    'metadata {\nx\n}',
    "3:1: error: plugin/metadata: unknown property 'x': 'metadata' has no options [PLUGIN_OPTION]",
  ],
  [
    'metadata\nmetadata',
    '3:1: error: plugin/metadata: this plugin can only be used once per Server Block [PLUGIN_OPTION]',
  ],
] as const)('metadata setup rejects %j', ([directive, message]) => {
  expect(setUp(setup, directive).problems).toEqual([`Corefile:${message}`]);
});
