import type { Status } from '../src/app/page/status.ts';
import { Badge, Panel, type Tone } from './parts.tsx';

const TONES: Readonly<Record<string, Tone>> = { error: 'bad', warning: 'warn', hint: 'plain' };

/** What is wrong with manifests and Corefile, and where. */
export function Problems({ status }: { status: Status }) {
  const { problems, moreProblems } = status;
  if (problems.length === 0) return <p class="empty">No problems in {status.files} files.</p>;
  return (
    <Panel title="Problems">
      <ul class="problems">
        {problems.map((problem) => (
          <li key={`${problem.place} ${problem.code} ${problem.message}`}>
            <Badge tone={TONES[problem.severity] ?? 'plain'}>{problem.severity}</Badge>
            <div>
              <p>{problem.message}</p>
              <p class="faint">
                <span class="address">{problem.place}</span> {problem.code}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {moreProblems > 0 && <p class="faint">and {moreProblems} more: svcdns check prints all</p>}
    </Panel>
  );
}
