import { describe, expect, test } from 'vitest';
import { parseDebug } from '../../../src/plugins/debug/setup.ts';
import { parsed } from '../parse-directive.ts';

describe('parseDebug()', () => {
  test('is whether the directive is there', () => {
    expect(parsed(parseDebug, '')).toEqual({ result: false, problems: [] });
    expect(parsed(parseDebug, 'debug')).toEqual({ result: true, problems: [] });
  });

  test('takes no arguments', () => {
    expect(parsed(parseDebug, 'debug all').problems).toEqual([
      "Corefile:2:7: error: plugin/debug: Wrong argument count or unexpected line ending after 'debug': expected no argument [PLUGIN_OPTION]",
    ]);
  });
});
