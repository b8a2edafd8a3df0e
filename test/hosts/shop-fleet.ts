import { BASE_PACKAGES } from './base-packages.ts'

/** The fleet of the compliance test: two web servers, a masterdb and a db, with real daemons. */
export const SHOP_MEMBERS = ['db1', 'db2', 'web1', 'web2'] as const
export const SHOP_LEVEL = 'production'

/** Packages that its hosts install, prefetched. */
export const SHOP_PACKAGES = ['mariadb-server', 'mariadb-client', 'nginx-light', 'less', ...BASE_PACKAGES]

/** The inventory: the roles of each minion. */
export function inventory(db2: 'db' | 'masterdb'): string {
  return `db1: {roles: [masterdb], level: production}
db2: {roles: [${db2}], level: production}
"web*": {roles: [web], level: production}
`
}

/** The pillar that only db2 reads. */
export function pillarOfDb2(connections: number): string {
  return `db:\n  max_connections: ${connections}\n`
}

export const SHOP_FILES = {
  'inventory.yml': inventory('db'),
  'pillar/top.yml': `- match: "*"
  files: [common]
- match: id=db2
  files: [db2]
`,
  'pillar/common.yml': `base:
  parts: []
  groups:
    ops: {gid: 10000, members: [anna]}
  users:
    anna: {groups: [ops]}
`,
  'pillar/db2.yml': pillarOfDb2(100),
  'roles/db/role.yml': `summary: MariaDB with a certificate
include: [base]
contract:
  count: {min: 1}
  public_ip: false
  ports: {internal: [3306/tcp]}
pillar:
  db.max_connections: {type: integer, default: 150}
certificates:
  mariadb: {common_name: "{{minion.id}}"}
checks:
  answers: {run: [mariadb, -e, select 1]}
`,
  'roles/db/states.yml': `mariadb packages:
  pkg.installed: {pkgs: [mariadb-server, mariadb-client]}
/etc/mysql/tls:
  file.directory: {require: [{pkg: mariadb packages}]}
mariadb certificate:
  tls.certificate:
    cert: /etc/mysql/tls/server.crt
    key: /etc/mysql/tls/server.key
    ca: /etc/mysql/tls/ca.crt
    group: mysql
    certificate: "{{certificates.mariadb.certificate}}"
    private_key: "{{certificates.mariadb.key}}"
    authority: "{{certificates.mariadb.ca}}"
    require: [{file: /etc/mysql/tls}]
/etc/mysql/mariadb.conf.d/60-shop.cnf:
  file.managed:
    contents: |
      [mysqld]
      bind-address = 0.0.0.0
      max_connections = {{pillar.db.max_connections}}
    require: [{pkg: mariadb packages}]
mariadb:
  service.running:
    watch: [{file: /etc/mysql/mariadb.conf.d/60-shop.cnf}, {tls: mariadb certificate}]
`,
  'roles/masterdb/role.yml': `summary: the one db that writes
include: [db]
contract:
  count: {exactly: 1}
checks:
  writes: {run: [mariadb, -Nse, select @@global.read_only], expect: {stdout: "0"}}
`,
  'roles/masterdb/states.yml': `/etc/mysql/mariadb.conf.d/70-masterdb.cnf:
  file.managed:
    contents: |
      [mysqld]
      read_only = 0
    require: [{pkg: mariadb packages}]
`,
  'roles/web/role.yml': `summary: a web server
include: [base]
contract:
  count: {min: 2}
  ports: {public: [80/tcp]}
`,
  'roles/web/states.yml': `web packages:
  pkg.installed: {pkgs: [nginx-light, less]}
nginx:
  service.running: {enable: true, require: [{pkg: web packages}]}
/etc/shop.conf:
  file.managed: {contents: "colour = blue\\nlanguage = en\\n", mode: "0640"}
/etc/shop.key:
  file.managed: {contents: "key of the shop\\n", mode: "0600"}
`,
} as const

/** Delivers a report every minute to a mail server and a webhook, both at the lab's own address, and into a directory. */
export function schedule(at: { readonly host: string; readonly smtp: number; readonly web: number }): string {
  return `deliver:
  ops:
    mail:
      to: [ops@shop.example]
      from: saltern@shop.example
      smtp: {host: "${at.host}", port: ${at.smtp}, tls: "off"}
  hook: {webhook: {url: "http://${at.host}:${at.web}/compliance", secret: hooks.secret}}
  reports: {file: /var/lib/saltern/reports}
schedules:
  minutely:
    cron: "* * * * *"
    timezone: Europe/London
    verb: compliance
    target: "*"
    recipients: [ops, hook, reports]
`
}
