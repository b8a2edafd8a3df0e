import { BASE_PACKAGES } from './base-packages.ts'

/** The fleet of the db tests and of the quickstart: a masterdb and a replica. No address is typed. */
export const DB_MEMBERS = ['db1', 'db2'] as const
export const DB_LEVEL = 'staging'

/** Packages that its hosts install, prefetched. */
export const DB_PACKAGES = ['mariadb-server', 'mariadb-client', ...BASE_PACKAGES]

export const DB_FILES = {
  'inventory.yml': `db1: {roles: [masterdb], level: staging}
db2: {roles: [db], level: staging}
`,
  'pillar/top.yml': `- match: "*"
  files: [common]
- match: role=db
  files: [db]
`,
  'pillar/common.yml': 'base: {parts: []}\n',
  'pillar/db.yml': `mariadb:
  databases:
    - name: shop
  users:
    shop:
      host: "%"
      database: shop
      grants: [SELECT, INSERT, UPDATE, DELETE, CREATE]
`,
} as const

/** Clear values, sealed by `master pillar set`; at least 6 characters, because tests search for them on disks. */
export const REPLICATION_PASSWORD = 'canary-replication-5f2a91c7'
export const SHOP_PASSWORD = 'canary-shop-77b0e4d1'

export const DB_SECRETS = {
  db: {
    'mariadb.replication.password': REPLICATION_PASSWORD,
    'mariadb.users.shop.password': SHOP_PASSWORD,
  },
} as const
