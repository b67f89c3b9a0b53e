import { expect, test } from 'vitest';
import { githubCommands } from '../../../src/cli/report/github.ts';

test('a line of a workflow command has no control characters, whatever files are called', () => {
  const [line] = githubCommands([
    {
      severity: 'error',
      code: 'MANIFEST_SYNTAX',
      message: '100 %\r\nfound \u001b[31m\u009b',
      origin: { file: 'a\u001b,b\n.yaml', document: 0, line: 2, column: 1 },
    },
  ]);
  expect(line).toBe(
    '::error file=a\\u001b%2Cb%0A.yaml,line=2,col=1,title=MANIFEST_SYNTAX::100 %25\\u000d%0Afound \\u001b[31m\\u009b',
  );
});
