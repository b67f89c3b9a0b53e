/**
 * A self-signed certificate for `dns.example.test`, good until 2125, and its key. Worth nothing
 * outside these tests. Made with
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \\
 *       -subj /CN=dns.example.test -addext subjectAltName=DNS:dns.example.test
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqTCCAVCgAwIBAgIUL8zPju++IvCS9MMQW9TpC/WnkyMwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZG5zLmV4YW1wbGUudGVzdDAgFw0yNjExMjAyMDQ4NTVaGA8y
MTI2MTAyNzIwNDg1NVowGzEZMBcGA1UEAwwQZG5zLmV4YW1wbGUudGVzdDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABNc0p6saMPY+6+AVF9l2NBptfMWnCEtsiyCe
1jAcOL5Df4ncK7dcDCS4XxCG1LG+2bBNsEhRTVFp82CqhADHA8mjcDBuMB0GA1Ud
DgQWBBR1xzCHyet9rm1oL3/SCqhkL9lLRTAfBgNVHSMEGDAWgBR1xzCHyet9rm1o
L3/SCqhkL9lLRTAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEGRucy5leGFt
cGxlLnRlc3QwCgYIKoZIzj0EAwIDRwAwRAIgRrVafuv49eIo/lpWqFPPAavJNsjO
DdrtfEq6AEOrfTsCIDVBUJP8iCk+cDlcaUzTPg4FyzQXvX2bEwVIUjH3ef7B
-----END CERTIFICATE-----
`;

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzoKQeSVa2JRvrS6A
sB4MCXe0HS7AZ8DCDvzFyCxUh2KhRANCAATXNKerGjD2PuvgFRfZdjQabXzFpwhL
bIsgntYwHDi+Q3+J3Cu3XAwkuF8QhtSxvtmwTbBIUU1RafNgqoQAxwPJ
-----END PRIVATE KEY-----
`;
