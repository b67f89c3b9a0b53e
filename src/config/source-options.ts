import { readSwitch } from '../plugins/flag.ts';
import { FLAGS } from '../plugins/order.ts';
import type { OptionRow } from './option-row.ts';

/** Where objects come from: folders, what is rendered, a cluster. */
export const SOURCE_OPTIONS = {
  /** Folders or files of manifests, or what is rendered, for every `kubernetes` that names none. */
  manifests: {
    flag: '--manifests',
    argument: 'DIR',
    help: [
      'folder or file of manifests, kustomize:DIR or helm:CHART for what',
      'these render, or - for standard input; may be given more than once.',
      'Default: the folder zones, where there is one',
    ],
    variable: 'SVCDNS_MANIFESTS',
    variableHelp: "folders or files of manifests, with ':' between them",
    inImage: '/manifests',
    separator: ':',
    code: 'CONFIG_MANIFESTS',
    elsewhere: ['dir', 'folder', 'kustomize', 'helm', 'chart'],
  },
  /** A cluster whose objects are served, for every `kubernetes` block that names no source. */
  kubeconfig: {
    flag: '--kubeconfig',
    argument: 'FILE',
    help: [
      "serve a cluster's names, from the API server and as the user that this",
      'file names; manifests that are named too are laid over its objects',
    ],
    variable: 'SVCDNS_KUBECONFIG',
    variableHelp: 'kubeconfig of a cluster whose names are served',
    code: 'CONFIG_KUBECONFIG',
    isOfNames: true,
  },
  /** The same with kubectl's own kubeconfig. */
  kube: {
    flag: '--kube',
    help: ['the same with KUBECONFIG, else ~/.kube/config'],
    variable: 'SVCDNS_KUBE',
    variableHelp: 'on serves the cluster of KUBECONFIG, else of ~/.kube/config',
    code: 'CONFIG_KUBE',
    read: readSwitch,
    isOfNames: true,
  },
  /** The context of the kubeconfig of these options. */
  context: {
    flag: '--context',
    argument: 'NAME',
    help: ['which context of the kubeconfig. Default: its current one'],
    variable: 'SVCDNS_CONTEXT',
    variableHelp: 'which context of the kubeconfig',
    code: 'CONFIG_CONTEXT',
    isOfNames: true,
  },
  exclude: FLAGS.exclude,
  /** The manifests of this package, which are made for trying it out. */
  samples: {
    flag: '--samples',
    help: ['serve the manifests that come with svcdns, to try it out'],
    variable: 'SVCDNS_SAMPLES',
    variableHelp: 'on serves the manifests that come with svcdns',
    code: 'CONFIG_SAMPLES',
    read: readSwitch,
    isOfNames: true,
  },
  /** A folder of manifests that is not there may come; without the option it is a mistake. */
  wait: {
    flag: '--wait',
    help: ['start although manifests are not there yet, and wait for them'],
    variable: 'SVCDNS_WAIT',
    variableHelp: 'on waits for manifests that are not there yet',
    code: 'CONFIG_WAIT',
    read: readSwitch,
  },
} as const satisfies Record<string, OptionRow>;
