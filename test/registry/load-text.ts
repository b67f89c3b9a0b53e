import {
  failedDocument,
  type LoadedDocument,
  loadDocument,
} from '../../src/registry/loaded-file.ts';
import { parseManifest } from '../../src/sources/folder/parse.ts';

/** A file's text as the registry takes it; documents that do not parse are failed ones. */
export function loadText(file: string, text: string): LoadedDocument[] {
  const parsed = parseManifest(file, new TextEncoder().encode(text));
  return [
    ...parsed.documents.map(loadDocument),
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
