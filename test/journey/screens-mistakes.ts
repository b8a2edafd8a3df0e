/** Ids of the inventory with mistakes, besides the minions that have joined. */
const MORE = [
  ...Array.from({ length: 5 }, (_, at) => `web${at + 21}`),
  ...Array.from({ length: 14 }, (_, at) => `db${at + 1}`),
]

/** Replaces files of the fleet by ones with 30 mistakes, which concern 40 minions. */
export function mistakes(joined: readonly string[]): { readonly [path: string]: string } {
  const entries = [...joined, ...MORE].map(id => {
    return `${id}: {roles: [${id.startsWith('db') ? 'db' : 'web, logs'}], level: production}\n`
  })
  const logs = Array.from(
    { length: 7 },
    (_, at) => `/etc/logs/${at}.conf:\n  file.managed: {contents: "", mdoe: "0644"}\n`,
  )
  const tuning = Array.from({ length: 16 }, (_, at) => {
    const when = `when: "{{eq minion.id 'db${(at % 14) + 1}'}}"`
    return `/etc/db/${at}.cnf:\n  ${when}\n  file.managed: {contents: "{{pillar.db.tuning${at}}}\\n"}\n`
  })
  return {
    'inventory.yml': entries.join(''),
    'roles/logs/states.yml': logs.join(''),
    'runbooks/restart.yml':
      'summary: restarts nginx\nsteps:\n  - {name: restart, on: web1, rnu: [nginx, -s, reload]}\n',
    'roles/web/role.yml': `summary: Nginx with its sites
pillar:
  web.domain: {type: hostname}
  web.port: {type: port}
  web.workers: {type: integer}
`,
    'roles/web/states.yml': `nginx packages:
  pkg.instaled: {}
/etc/nginx/nginx.conf:
  file.managed: {src: templates/nginx.conf.hbs}
`,
    'roles/db/role.yml': 'summary: A database\n',
    'roles/db/states.yml': tuning.join(''),
    'schedule.yml': 'schedules:\n  nightly: {cron: "30 25 * * *", verb: compliance, target: "*"}\n',
  }
}
