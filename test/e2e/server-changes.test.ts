import { mkdirSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { type Server, startServer } from '../../src/index.ts';
import { seenAt, serviceText } from './seen.ts';

// One server of one folder for all of them; each begins with the same Service in the same file.

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'svcdns-server-'));
  server = await startServer({ manifests: folder });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const seen = (name: string, addresses: string[]) => seenAt(server, name, addresses);

describe('startServer() sees a change however it is made', () => {
  beforeEach(async () => {
    writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.1'));
    await seen('web.shop', ['10.96.0.1']);
  });

  test('written in place', async () => {
    writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.2'));
    await seen('web.shop', ['10.96.0.2']);
  });

  test('renamed over', async () => {
    writeFileSync(join(folder, '.a.swp'), serviceText('web', '10.96.0.3'));
    renameSync(join(folder, '.a.swp'), join(folder, 'a.yaml'));
    await seen('web.shop', ['10.96.0.3']);
  });

  test('deleted, and back again', async () => {
    unlinkSync(join(folder, 'a.yaml'));
    await seen('web.shop', []);
    writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.4'));
    await seen('web.shop', ['10.96.0.4']);
  });

  test('in a new folder inside the folder', async () => {
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'er', 'b.yml'), serviceText('inner', '10.96.0.5'));
    await seen('inner.shop', ['10.96.0.5']);
  });

  test('the folder itself replaced', async () => {
    const next = `${folder}.next`;
    mkdirSync(next);
    writeFileSync(join(next, 'a.yaml'), serviceText('web', '10.96.0.6'));
    renameSync(folder, `${folder}.old`);
    renameSync(next, folder);
    await seen('web.shop', ['10.96.0.6']);
    writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.7'));
    await seen('web.shop', ['10.96.0.7']);
    rmSync(`${folder}.old`, { recursive: true });
  });

  test('the folder gone: that is a fault, and the last answers stay', async () => {
    renameSync(folder, `${folder}.away`);
    mkdirSync(`${folder}.other`); // something changes beside it
    await seen('web.shop', ['10.96.0.1']);
    renameSync(`${folder}.away`, folder);
    rmSync(`${folder}.other`, { recursive: true });
    writeFileSync(join(folder, 'a.yaml'), serviceText('web', '10.96.0.8'));
    await seen('web.shop', ['10.96.0.8']);
  });

  test('broken: the last good Service stays, and its neighbours change', async () => {
    writeFileSync(join(folder, 'a.yaml'), `kind: [\n---${serviceText('api', '10.96.0.9')}`);
    await seen('api.shop', ['10.96.0.9']);
    await seen('web.shop', ['10.96.0.1']);
  });
});
