import { expect, test } from 'vitest';
import { Field } from '../../../src/kube/schema/field.ts';
import { Report } from '../../../src/kube/schema/report.ts';

const origin = { file: 'x.yaml', document: 0, line: 1, column: 1 };

function fieldOf(value: unknown): Field {
  const document = { value, origin, locate: () => origin, locateKey: () => origin };
  return new Field(new Report(document, [], 'Service', 'v1'), value);
}

test.each(['constructor', 'toString', '__proto__'])(
  'Field.get has no %s unless it is written',
  (key) => {
    expect(fieldOf({}).get(key).present).toBe(false);
    expect(fieldOf(JSON.parse(`{"${key}": 1}`)).get(key).value).toBe(1);
  },
);

test('Field.text is the path as the API server writes it', () => {
  const [, second] = fieldOf({ spec: { ports: [0, { port: 1 }] } })
    .get('spec')
    .get('ports')
    .list('v1.ServicePort');
  expect(second?.get('port').text()).toBe('spec.ports[1].port');
  expect(second?.get('port').path()).toEqual(['spec', 'ports', 1, 'port']);
});

test('Field reports a value in a circle without following it', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const field = fieldOf({ spec: circle });
  field.get('spec').string();
  expect(field.report.problems[0]?.message).toContain('expected text, found a list');
});
