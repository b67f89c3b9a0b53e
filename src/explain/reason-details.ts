/** What each reason has to be told of to become a text. Names are in presentation form. */
export interface ReasonDetails {
  /** There are records of the type asked. `what` are the objects that they come from. */
  FOUND: { readonly what: string };
  /** The same, but the objects are gone: their deletion waits to be seen again. */
  FOUND_HELD: { readonly what: string };
  /** The same, but the file does not have the object any more in a form that can be used. */
  FOUND_KEPT: { readonly what: string; readonly problem: string };
  NOT_LOADED: { readonly text: string };
  /** The objects could not be asked. */
  UNKNOWN: { readonly rcode: string };
  TRANSFER: Record<never, never>;

  /** The zone has no names of this form. */
  NO_NAME: { readonly zone: string };
  /** The search list made it of a name that was meant to be another. */
  SEARCH_LIST: { readonly domain: string };
  /** All that is known without asking the objects. */
  NAMELESS: {
    readonly what: string;
    readonly near: string | undefined;
    /** The namespaces that have a Service of the name. */
    readonly others: readonly string[];
    readonly service: string;
  };
  /** The same of a name beside those of the cluster. */
  NOT_BESIDE: { readonly plugin: string; readonly name: string };
  NO_NAMESPACE: { readonly namespace: string; readonly near: string | undefined };
  NAMESPACE_HIDDEN: { readonly namespace: string; readonly why: string };
  NO_SERVICE: {
    readonly service: string;
    readonly namespace: string;
    readonly near: string | undefined;
    /** A file that could not be read, which may have it. */
    readonly unread: string | undefined;
  };
  SERVICE_ELSEWHERE: {
    readonly service: string;
    readonly namespace: string;
    /** Not only the Service: the namespace does not exist either. */
    readonly isNamespaceMissing: boolean;
    readonly others: readonly string[];
  };
  SERVICE_LEFT_OUT: { readonly service: string; readonly option: string };
  OBJECT_REFUSED: { readonly object: string; readonly problem: string };
  NO_CLUSTER_IP: { readonly service: string };
  NO_ENDPOINTS: { readonly service: string; readonly why: string };
  ENDPOINTS_NOT_READY: {
    readonly service: string;
    readonly endpoints: number;
    readonly states: readonly string[];
  };
  NO_ENDPOINT: {
    readonly endpoint: string;
    readonly service: string;
    readonly known: readonly string[];
    readonly near: string | undefined;
  };
  ENDPOINT_NOT_READY: { readonly service: string; readonly state: string };
  PORT_UNNAMED: { readonly service: string; readonly port: number; readonly name: string };
  NO_PORT: {
    readonly service: string;
    readonly port: string;
    readonly protocol: string;
    readonly known: readonly string[];
    readonly near: string | undefined;
  };
  BELOW_ALIAS: { readonly service: string; readonly target: string };
  EXTERNAL_NAME_IS_IP: { readonly service: string; readonly address: string };
  EXTERNAL_NAME_INVALID: { readonly service: string; readonly host: string };
  PODS_DISABLED: Record<never, never>;
  NO_POD: { readonly namespace: string; readonly label: string; readonly isAddress: boolean };
  NO_ADDRESS: { readonly address: string; readonly pod: string | undefined };

  /** The name exists: NODATA. */
  NO_FAMILY: { readonly service: string; readonly lacking: string; readonly has: string };
  NO_TYPE: { readonly type: string; readonly name: string; readonly has: readonly string[] };
  EMPTY_NAME: { readonly name: string };
  /** It is an alias, and the reason is that of the last target. */
  ALIAS: { readonly target: string; readonly what: string; readonly why: string };

  HOST_WITHOUT_ADDRESS: { readonly object: string; readonly host: string; readonly fault: string };
  HOST_UNANSWERED: { readonly object: string; readonly host: string; readonly zone: string };

  UPSTREAM: { readonly rcode: string; readonly upstream: string };
  UPSTREAM_KEPT: {
    readonly rcode: string;
    readonly ageSeconds: number;
    readonly upstreams: readonly string[];
  };
  /** A plugin says so, `text` is why when it told. */
  PLUGIN: { readonly plugin: string; readonly rcode: string; readonly text: string };
  OUTSIDE: Record<never, never>;
  NO_BLOCK: Record<never, never>;
  /** Nothing was asked: the question would go to servers elsewhere. */
  NOT_ASKED: { readonly upstreams: readonly string[] };
}
