import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDockerfile } from './dockerfile.ts';
import { ROOT } from './server.ts';

/** What the builder of Docker 20.10 takes, which Debian stable has; BuildKit takes it as well. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  COPY: ['from', 'chown'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
};

test('the Dockerfile has only flags that the builder of Docker 20.10 knows', () => {
  const stages = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  const unknown = stages.flatMap(({ instructions }) =>
    instructions.flatMap(({ keyword, flags }) =>
      [...flags.keys()]
        .filter((flag) => FLAGS[keyword]?.includes(flag) !== true)
        .map((flag) => `${keyword} --${flag}`),
    ),
  );
  expect(stages.length).toBeGreaterThan(1);
  expect(unknown).toEqual([]);
});
