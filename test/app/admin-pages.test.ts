import { expect, test } from 'vitest';
import { adminPages } from '../../src/app/admin-pages.ts';
import { testContext } from '../helpers/plugin-harness.ts';
import { settingsOf } from './app-world.ts';

const { clock, log, metrics } = testContext();

function pages(given: { readonly page?: boolean; readonly askers?: boolean }) {
  const settings = settingsOf('. {\n whoami\n}\n');
  const options = { ...settings.options, ...given };
  return adminPages({ ...settings, options }, { clock, log, metrics }, () => {
    throw new Error('Nobody is to ask');
  });
}

test.for([
  [{}, true, 2],
  [{ page: false }, false, 1],
  [{ askers: false }, true, 1],
  [{ page: false, askers: false }, false, 0],
] as const)('adminPages() of %j has a page: %s', ([given, hasPage, watchers]) => {
  const found = pages(given);
  expect(found.answers.page !== undefined).toBe(hasPage);
  expect(found.onChanged !== undefined).toBe(hasPage);
  // Nothing is told of replies that nobody looks at.
  expect(found.watchers.length).toBe(watchers);
});
