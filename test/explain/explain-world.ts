import type { Explanation } from '../../src/explain/explanation.ts';
import { folderWith } from '../cli/folder.ts';
import { TestIo } from '../cli/test-io.ts';

/** What `svcdns explain LINE` says of these manifests, and of a Corefile that may be among them. */
export async function explained(
  files: Readonly<Record<string, string>>,
  line: string,
): Promise<Explanation> {
  const cwd = folderWith(files);
  const io = new TestIo({ cwd, env: { SVCDNS_STATE: 'off' } });
  const config = files['Corefile'] === undefined ? '' : '--config Corefile';
  const { stdout, stderr } = await io.outcome(
    `explain ${line} --format json --manifests . ${config}`,
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout.replaceAll(`${cwd}/`, '')) as Explanation;
}
