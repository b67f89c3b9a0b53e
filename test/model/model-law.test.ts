import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { situations } from '../helpers/generate-questions.ts';
import { runs } from '../helpers/runs.ts';
import { canonicalName, nameLabels, nameText } from '../helpers/zone-text.ts';
import { type ModelAnswer, model, type Question } from './model.ts';

/**
 * Standards that the model must keep in every world; a rule of its own that breaks one is wrong.
 */
describe('model()', () => {
  law('has nothing below a name that does not exist (RFC 8020)', (answer, { name, type }) => {
    if (answer({ name, type: 'A' }).rcode !== 'NXDOMAIN' || isAlias(answer, name)) return;
    expect(answer({ name: `x.${name}`, type })).toMatchObject(transferOr('NXDOMAIN', type));
  });

  law('has every ancestor of a name that exists, up to the apex (RFC 8020)', (answer, { name }) => {
    if (answer({ name, type: 'CNAME' }).rcode !== 'NOERROR') return;
    const parent = nameText(nameLabels(name).slice(1));
    expect(answer({ name: parent, type: 'CNAME' }).rcode).toBeOneOf(['NOERROR', 'REFUSED']);
  });

  law('gives a name one rcode for all types, unless it is an alias', (answer, { name, type }) => {
    if (isAlias(answer, name)) return;
    expect(answer({ name, type })).toMatchObject(transferOr(answer({ name, type: 1 }).rcode, type));
  });

  law('sends one SOA when it has no data, and none otherwise (RFC 2308)', (answer, question) => {
    const { rcode, answer: records, authority } = answer(question);
    const hasData = records.some((line) => !line.includes(' CNAME ')) || rcode === 'REFUSED';
    const isOutside = records.length > 0 && rcode === 'NOERROR' && authority.length === 0;
    const isFailure = rcode === 'SERVFAIL';
    expect(authority.length).toBe(hasData || isOutside || isFailure ? 0 : 1);
  });

  law('has an address for every SRV target it gives', (answer, { name }) => {
    const targets = answer({ name, type: 'SRV' }).answer.filter((line) => line.includes(' SRV '));
    for (const target of targets.map((line) => line.split(' ').at(-1) ?? '')) {
      const found = ['A', 'AAAA'].flatMap((type) => answer({ name: target, type }).answer);
      expect(found).not.toEqual([]);
    }
  });

  law('ignores the case of the question (RFC 4343)', (answer, { name, type }) => {
    expect(answer({ name, type })).toEqual(answer({ name: canonicalName(name), type }));
  });

  law('never repeats a record in a section', (answer, question) => {
    const { answer: records, authority, additional } = answer(question);
    for (const section of [records, authority, additional]) {
      expect(section).toEqual([...new Set(section)]);
    }
  });
});

function law(
  title: string,
  check: (answer: (question: Question) => ModelAnswer, question: Question) => void,
): void {
  test(title, () => {
    fc.assert(
      fc.property(situations, ({ world, options, questions }) => {
        const answer = model(world, options);
        for (const question of questions) check(answer, question);
      }),
      { numRuns: runs(40) },
    );
  });
}

function isAlias(answer: (question: Question) => ModelAnswer, name: string): boolean {
  return answer({ name, type: 'CNAME' }).answer.length > 0;
}

/** Transfers are refused before anything is looked up. */
function transferOr(rcode: string, type: string | number): { rcode: string } {
  return { rcode: type === 'AXFR' || type === 'IXFR' ? 'REFUSED' : rcode };
}
