import type { NamespaceDelta } from '../../src/registry/namespace-delta.ts';
import { Registry } from '../../src/registry/registry.ts';
import { loadDocument } from '../../src/sources/folder/objects/load-files.ts';
import {
  failedDocument,
  type LoadedDocument,
} from '../../src/sources/folder/objects/loaded-file.ts';
import { ManifestObjects } from '../../src/sources/folder/objects/manifest-objects.ts';
import { parseManifest } from '../../src/sources/folder/parse/parse.ts';
import type { SourceReport } from '../../src/sources/source.ts';

type FileTexts = Iterable<readonly [file: string, text: string | undefined]>;

/** A registry that follows files as the folder source has it do. */
export class Manifests {
  readonly registry = new Registry();
  readonly #objects: ManifestObjects;

  constructor(options = { holdDeletions: false, keepLastGood: true }) {
    this.#objects = new ManifestObjects(options);
  }

  /** Takes texts of files, undefined for one that is gone; returns the namespaces that change. */
  take(files: FileTexts): Set<string> {
    return new Set(this.deltas(files).keys());
  }

  /** The same; returns what changes in each namespace. */
  deltas(files: FileTexts): Map<string, NamespaceDelta> {
    const batch = new Map(
      [...files].map(([file, text]) => [file, text === undefined ? text : loadText(file, text)]),
    );
    return this.registry.apply(this.#objects.take(batch, 'event'));
  }

  /** Confirms a mass deletion. */
  rescan(): Set<string> {
    return new Set(this.registry.apply(this.#objects.take(new Map(), 'rescan')).keys());
  }

  report(): SourceReport {
    return this.#objects.report();
  }
}

/** A file's text as the registry takes it; documents that do not parse are failed ones. */
export function loadText(file: string, text: string): LoadedDocument[] {
  const parsed = parseManifest(file, new TextEncoder().encode(text));
  return [
    ...parsed.documents.map((document) => loadDocument(document)),
    ...parsed.failed.map(({ document }) => failedDocument(document, parsed.problems)),
  ];
}

/** `service('shop/web', '{ports: [{port: 80}]}')`: a document on one line. */
export function service(ref: string, spec = '{ports: [{port: 80}]}', labels = '{}'): string {
  return `---\n{apiVersion: v1, kind: Service, metadata: ${metadata(ref, labels)}, spec: ${spec}}\n`;
}

export function pod(ref: string, labels: string, status: string, spec = '{}'): string {
  return `---\n{apiVersion: v1, kind: Pod, metadata: ${metadata(ref, labels)}, spec: ${spec}, status: ${status}}\n`;
}

export function endpoints(ref: string, subsets: string, labels = '{}'): string {
  return `---\n{apiVersion: v1, kind: Endpoints, metadata: ${metadata(ref, labels)}, subsets: ${subsets}}\n`;
}

/** A slice of the Service `of`; `rest` is everything but the header. */
export function slice(ref: string, of: string, rest: string): string {
  const labels = `{kubernetes.io/service-name: ${of}}`;
  return `---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: ${metadata(ref, labels)}, ${rest}}\n`;
}

function metadata(ref: string, labels: string): string {
  const [namespace, name] = ref.split('/');
  return `{namespace: ${namespace}, name: ${name}, labels: ${labels}}`;
}
