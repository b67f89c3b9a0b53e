import { asksIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';
import { aliasService, clusterService, headlessService, manifestFile } from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

const inZone = (name: string): string => `${name}.shop.svc.cluster.local`;

/** `PREFIX-1` → `PREFIX-2` → … → `PREFIX-LENGTH` → `end`. */
function chain(prefix: string, length: number, end: string): string[] {
  return Array.from({ length }, (_, index) => {
    const target = index + 1 === length ? end : inZone(`${prefix}-${index + 2}`);
    return aliasService(`shop/${prefix}-${index + 1}`, target);
  });
}

/** The CNAME records of such a chain. */
function links(prefix: string, length: number, end: string): string {
  return Array.from({ length }, (_, index) => {
    const target = index + 1 === length ? end : inZone(`${prefix}-${index + 2}`);
    return `${inZone(`${prefix}-${index + 1}`)}. 5 IN CNAME ${target}.`;
  }).join('\n| ');
}

export const externalNames: readonly Table[] = [
  {
    title: 'ExternalName: a CNAME for every type, followed inside our zones, ten links at most',
    zones: ZONES,
    block: ['pods insecure'],
    manifests: manifestFile(
      clusterService('shop/web', '10.96.5.1', '{ name: http, port: 80 }'),
      headlessService('shop/gone', '{ name: http, port: 80 }'),
      aliasService('shop/out', 'www.example.com'),
      aliasService('shop/in', inZone('web')),
      aliasService('shop/port', `_http._tcp.${inZone('web')}`.replaceAll('_', '')),
      aliasService('shop/two', inZone('in')),
      aliasService('shop/far', inZone('out')),
      aliasService('shop/missing', inZone('nope')),
      aliasService('shop/empty', inZone('gone')),
      aliasService('shop/apex', 'cluster.local'),
      aliasService('shop/bare', 'shop.svc.cluster.local'),
      aliasService('shop/pod', '1-2-3-4.shop.pod.cluster.local'),
      aliasService('shop/back', '1.5.96.10.in-addr.arpa'),
      aliasService('shop/self', inZone('self')),
      aliasService('shop/below', inZone('x.below')),
      aliasService('shop/ping', inZone('pong')),
      aliasService('shop/pong', inZone('ping')),
      aliasService('shop/four', '203.0.113.7'),
      ...chain('ten', 10, inZone('web')),
      ...chain('eleven', 11, inZone('web')),
      ...chain('outten', 10, 'www.example.com'),
    ),
    asks: asks`
      out.shop.svc.cluster.local.  A     NOERROR  @ 5 IN CNAME www.example.com.
      out.shop.svc.cluster.local.  HTTPS NOERROR  @ 5 IN CNAME www.example.com.
      OUT.shop.svc.cluster.local.  CNAME NOERROR  @ 5 IN CNAME www.example.com.

      in.shop.svc.cluster.local.   CNAME NOERROR  @ 5 IN CNAME web.shop.svc.cluster.local.
      in.shop.svc.cluster.local.   A     NOERROR  @ 5 IN CNAME web.shop.svc.cluster.local.
                                                | web.shop.svc.cluster.local. 5 IN A 10.96.5.1
      in.shop.svc.cluster.local.   AAAA  NOERROR  @ 5 IN CNAME web.shop.svc.cluster.local.
                                                ~ cluster.local.
      in.shop.svc.cluster.local.   TXT   NOERROR  @ 5 IN CNAME web.shop.svc.cluster.local.
                                                ~ cluster.local.
      in.shop.svc.cluster.local.   SRV   NOERROR  @ 5 IN CNAME web.shop.svc.cluster.local.
                                                | web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                + web.shop.svc.cluster.local. 5 IN A 10.96.5.1
      port.shop.svc.cluster.local. A     NOERROR  @ 5 IN CNAME http.tcp.web.shop.svc.cluster.local.
                                                | http.tcp.web.shop.svc.cluster.local. 5 IN A 10.96.5.1
      two.shop.svc.cluster.local.  A     NOERROR  @ 5 IN CNAME in.shop.svc.cluster.local.
                                                | in.shop.svc.cluster.local. 5 IN CNAME web.shop.svc.cluster.local.
                                                | web.shop.svc.cluster.local. 5 IN A 10.96.5.1
      far.shop.svc.cluster.local.  A     NOERROR  @ 5 IN CNAME out.shop.svc.cluster.local.
                                                | out.shop.svc.cluster.local. 5 IN CNAME www.example.com.
      pod.shop.svc.cluster.local.  A     NOERROR  @ 5 IN CNAME 1-2-3-4.shop.pod.cluster.local.
                                                | 1-2-3-4.shop.pod.cluster.local. 5 IN A 1.2.3.4

      # The end of the chain decides the code and the SOA.
      missing.shop.svc.cluster.local. A   NXDOMAIN @ 5 IN CNAME nope.shop.svc.cluster.local.
                                                 ~ cluster.local.
      empty.shop.svc.cluster.local.   A   NXDOMAIN @ 5 IN CNAME gone.shop.svc.cluster.local.
                                                 ~ cluster.local.
      below.shop.svc.cluster.local.   A   NXDOMAIN @ 5 IN CNAME x.below.shop.svc.cluster.local.
                                                 ~ cluster.local.
      bare.shop.svc.cluster.local.    A   NOERROR  @ 5 IN CNAME shop.svc.cluster.local.
                                                 ~ cluster.local.
      apex.shop.svc.cluster.local.    A   NOERROR  @ 5 IN CNAME cluster.local.
                                                 ~ cluster.local.
      apex.shop.svc.cluster.local.    NS  NOERROR  @ 5 IN CNAME cluster.local.
                                                 | cluster.local. 5 IN NS ns.dns.cluster.local.
                                                 + ns.dns.cluster.local. 5 IN A 192.0.2.53
                                                 + ns.dns.cluster.local. 5 IN AAAA 2001:db8::53
      back.shop.svc.cluster.local.    A   NOERROR  @ 5 IN CNAME 1.5.96.10.in-addr.arpa.
                                                 ~ 10.in-addr.arpa.
      back.shop.svc.cluster.local.    PTR NOERROR  @ 5 IN CNAME 1.5.96.10.in-addr.arpa.
                                                 | 1.5.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.

      # Loops fail, but the CNAME itself can be asked for.
      self.shop.svc.cluster.local. A     SERVFAIL -
      self.shop.svc.cluster.local. CNAME NOERROR  @ 5 IN CNAME self.shop.svc.cluster.local.
      ping.shop.svc.cluster.local. AAAA  SERVFAIL -
      ping.shop.svc.cluster.local. CNAME NOERROR  @ 5 IN CNAME pong.shop.svc.cluster.local.

      # A name that looks like an address is no name.
      four.shop.svc.cluster.local. A     NXDOMAIN -
      four.shop.svc.cluster.local. CNAME NXDOMAIN -

      ten-1.shop.svc.cluster.local.    A NOERROR ${links('ten', 10, inZone('web'))}
                                               | web.shop.svc.cluster.local. 5 IN A 10.96.5.1
      eleven-1.shop.svc.cluster.local. A SERVFAIL -
      outten-1.shop.svc.cluster.local. A NOERROR ${links('outten', 10, 'www.example.com')}
    `,
  },
];
