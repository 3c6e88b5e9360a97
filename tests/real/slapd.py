"""OpenLDAP for tests: StartTLS and LDAPS, an account that may read, a referral, twenty people."""

from __future__ import annotations

import subprocess
from pathlib import Path

from servers import Server, free_port, needed, started

BASE = "dc=tenant,dc=example"
PASSWORD = "canary-secret"
CONF = """include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
argsfile {folder}/args
TLSCACertificateFile {pki}/ca.pem
TLSCertificateFile {pki}/{variant}.pem
TLSCertificateKeyFile {pki}/{variant}.pem
TLSVerifyClient never
sizelimit 5
database mdb
suffix "{base}"
directory {folder}/db
maxsize 16777216
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=probe,{base}" read by anonymous auth by * none
"""
LDIF = """dn: {base}
objectClass: dcObject
objectClass: organization
o: Tenant
dc: tenant

dn: cn=probe,{base}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: probe
userPassword: {password}

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people

dn: ou=branch,{base}
objectClass: referral
objectClass: extensibleObject
ou: branch
ref: ldap://127.0.0.1:3999/ou=branch,{base}

"""


class Slapd:
    """One OpenLDAP on two ports; ``show`` starts it anew with another certificate."""

    def __init__(self, folder: Path, pki: Path, host: str = "127.0.0.1") -> None:
        self.folder, self.pki, self.host = folder, pki, host
        self.plain, self.tls = free_port(), free_port()
        slapadd = needed("slapadd")
        (folder / "db").mkdir(parents=True)
        self._configure("good")
        people = "".join(
            f"dn: uid=u{n},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: u{n}\ncn: User {n}\nsn: U\n\n" for n in range(20)
        )
        (folder / "base.ldif").write_text(LDIF.format(base=BASE, password=PASSWORD) + people)
        add = [slapadd, "-q", "-f", str(folder / "slapd.conf"), "-l", str(folder / "base.ldif")]
        subprocess.run(add, check=True, capture_output=True)
        self.server = self._run()

    def _configure(self, variant: str) -> None:
        (self.folder / "slapd.conf").write_text(CONF.format(folder=self.folder, pki=self.pki, variant=variant, base=BASE))

    def _run(self) -> Server:
        urls = f"ldap://{self.host}:{self.plain} ldaps://{self.host}:{self.tls}"
        return started([needed("slapd"), "-f", str(self.folder / "slapd.conf"), "-h", urls, "-d", "0"], self.tls, self.folder)

    def show(self, variant: str) -> None:
        self.server.stop()
        self._configure(variant)
        self.server = self._run()
