import { expect, test } from 'vitest';
import { findNativeBinding } from '../../../src/server/udp/native-binding.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';
import { ROOT } from '../../readme-blocks.ts';

test.for([
  ['that is not there', undefined, /^there is no FILE$/],
  ['that is no library', 'x', /file too short|invalid ELF|not a/],
  ['of another version', 'module.exports = { layout: 0 };', /^FILE is of another version$/],
] as const)('a file %s is not loaded, and why is said', ([, content, why]) => {
  const folder = new TempFolder();
  const file = content?.startsWith('module') ? 'binding.cjs' : 'binding.node';
  if (content !== undefined) folder.write(file, content);
  const path = `${relativeTo(ROOT)}${folder.path}/${file}`;
  const found = findNativeBinding(path);
  folder.dispose();
  expect('missing' in found && found.missing.replace(path, 'FILE')).toMatch(why);
});

/** From the root of the repository to that of the machine. */
function relativeTo(root: string): string {
  return '../'.repeat(root.split('/').filter(Boolean).length).replace(/\/$/, '');
}
