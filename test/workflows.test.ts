import { readdirSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { nodeVersionFault } from '../src/cli/requirements.ts';
import { ROOT, readText } from './readme-blocks.ts';

interface Workflow {
  readonly on: { readonly push: { readonly branches?: string[]; readonly tags?: string[] } };
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly needs?: string;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly steps: readonly Step[];
}

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const FOLDER = '.github/workflows';

const workflow = (file: string) => load(readText(`${FOLDER}/${file}`)) as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(readdirSync(`${ROOT}/${FOLDER}`))('the workflow %s', (file) => {
  test('runs scripts that package.json has', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: object };
    const run = stepsOf(workflow(file)).flatMap(({ run = '' }) =>
      [...run.matchAll(/npm (?:run )?(test:\w+|test|build)/g)].map(([, script]) => script!),
    );
    expect(run).toContain('test');
    expect(run.filter((script) => !(script in scripts))).toEqual([]);
  });

  test('may only read, unless a job says more, and pins every action to a major version', () => {
    expect(workflow(file).permissions).toEqual({ contents: 'read' });
    const actions = stepsOf(workflow(file)).flatMap(({ uses }) => uses ?? []);
    expect(actions.filter((action) => !/^(?:actions|docker)\/[\w-]+@v\d+$/.test(action))).toEqual(
      [],
    );
  });
});

test('the workflow test.yaml tests the oldest Node.js that package.json takes, and the image', () => {
  const { jobs } = workflow('test.yaml');
  const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
  const [first, second] = jobs['test']?.strategy?.matrix.node ?? [];
  expect(`^${first} || >=${second}`).toBe(engines.node);
  for (const oldest of [first, second]) expect(nodeVersionFault(oldest ?? '')).toBeUndefined();
  expect(jobs['image']?.steps.map(({ run }) => run)).toContain('npm run test:image');
});

test('the workflow release.yaml publishes the package and the image of a tag, after its tests', () => {
  const release = workflow('release.yaml');
  expect(release.on).toEqual({ push: { tags: ['v*'] } });
  const { npm, image } = release.jobs;
  expect([npm?.needs, image?.needs]).toEqual(['test', 'test']);
  expect(npm?.steps.at(-1)?.run).toMatch(/^npm publish /);
  expect(image?.steps.at(-1)?.with).toMatchObject({
    platforms: 'linux/amd64,linux/arm64',
    push: true,
  });
});
