/** Where the hosts of the fleet are, who owns their files, and which version of the fleet it is. */
export interface ScreensPlace {
  /** The minion web1 has its files below `<hosts>/web1`. */
  readonly hosts: string
  readonly owner: string
}

/** Roles with nothing but files; with `web` and `app`, 15 roles of 20 states each. */
const PLAIN = [
  'base',
  'users',
  'ssh',
  'time',
  'dns',
  'firewall',
  'mail',
  'logs',
  'metrics',
  'backup',
  'certs',
  'cache',
  'jobs',
]
const STATES = 20
const ROLES = ['base', 'app', 'web', ...PLAIN.slice(1)]

const UPSTREAM = 'app.internal'
/** A host that is gone, which one minion still names. */
const OLD_UPSTREAM = { minion: 'web4', host: 'app-old.internal' }

/** Ids of the minions that have all of these roles. */
export const WEBS: readonly string[] = Array.from({ length: 20 }, (_, at) => `web${at + 1}`)

/** A fleet of 20 minions with 300 states. In version 2, nginx.conf, motd and the release of the app are new. */
export function screensFleet(place: ScreensPlace, version: 1 | 2): { readonly [path: string]: string } {
  return {
    ...Object.fromEntries(PLAIN.flatMap(role => plainRole(place, role, role === 'base' ? STATES - 1 : STATES))),
    ...appRole(place, version),
    ...webRole(place, version),
    ...redisRole(place),
    'roles/base/templates/motd.hbs': motd(version, '{{minion.id}}'),
    'inventory.yml': inventory([]),
    'schedule.yml': `schedules:
  nightly: {cron: "30 2 * * *", timezone: Europe/Berlin, verb: compliance, target: level=production}
  keep: {cron: "0 */4 * * *", verb: apply, target: "*", splay: 10m, overlap: skip}
  month-end: {cron: "0 22 L * *", verb: test, target: role=redis}
`,
  }
}

/** The inventory, in which these minions also have the role redis. */
export function inventory(redis: readonly string[]): string {
  const lines = WEBS.map(id => {
    const roles = [...ROLES, ...(redis.includes(id) ? ['redis'] : [])]
    const vars =
      id === OLD_UPSTREAM.minion ? `upstream: ${OLD_UPSTREAM.host}` : id === redis[1] ? `primary: ${redis[0]}` : ''
    return `${id}: {roles: [${roles.join(', ')}], level: production, vars: {${vars}}}\n`
  })
  return `${lines.join('')}spare1: {level: staging}\n`
}

/** The files that differ between the versions, as a minion has them in version 1, by path. */
export function changingFiles(id: string): { readonly [path: string]: string } {
  return {
    '/etc/motd': motd(1, id),
    '/etc/app/app.env': appEnv(1),
    '/etc/nginx/nginx.conf': nginxConf(1, id, id === OLD_UPSTREAM.minion ? OLD_UPSTREAM.host : UPSTREAM),
    '/var/cache/app/index': cacheIndex(1),
  }
}

/** All files of a minion in version 1, so that the first apply need not write 6,000 files. */
export function filesBefore(id: string): { readonly [path: string]: string } {
  const plain = PLAIN.flatMap(role => numbered(`/etc/${role}`, role === 'base' ? STATES - 1 : STATES))
  const others = [...numbered('/etc/app', STATES - 3), ...numbered('/etc/nginx/sites', STATES - 2)]
  return { ...Object.fromEntries([...plain, ...others]), ...changingFiles(id) }
}

function motd(version: number, id: string): string {
  return `Welcome to ${id}${version === 1 ? '' : '.example.org'}\nUnauthorised use is prohibited.\n`
}

function appEnv(version: number): string {
  return `RELEASE=2.${version}\nWORKERS=4\n`
}

function cacheIndex(version: number): string {
  return `release 2.${version}\n`
}

function nginxConf(version: number, id: string, upstream: string): string {
  return `# ${id}
error_log /var/log/nginx/error.log;
events {
    worker_connections ${version === 1 ? 512 : 1024};
}
http {
    server_tokens off;
    proxy_pass http://${upstream}:8080;
}
`
}

function numbered(directory: string, count: number): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, (_, at) => [`${directory}/${at + 1}.conf`, `option ${at + 1}\n`])
}

function numberedStates(place: ScreensPlace, directory: string, count: number, more = ''): string {
  return numbered(directory, count)
    .map(([path, text]) => file(place, path, `contents: ${JSON.stringify(text)}${more}`))
    .join('')
}

/** A program of the host, which knows the host by its working directory. */
function program({ hosts }: ScreensPlace, words: string): string {
  return `cmd: [${hosts}/bin/${words}], cwd: "${hosts}/{{minion.id}}"`
}

function file({ hosts, owner }: ScreensPlace, path: string, rest: string): string {
  return `${path}:\n  file.managed: {name: "${hosts}/{{minion.id}}${path}", makedirs: true, ${owner}, ${rest}}\n`
}

function plainRole(place: ScreensPlace, role: string, count: number): readonly (readonly [string, string])[] {
  const motd = role === 'base' ? file(place, '/etc/motd', 'source: templates/motd.hbs') : ''
  return [
    [`roles/${role}/role.yml`, `summary: The ${role} of every host\n`],
    [`roles/${role}/states.yml`, numberedStates(place, `/etc/${role}`, count) + motd],
  ]
}

/** The release is unpacked when app.env changed, which waits for a gate of the test; on web17 its database is behind. */
function appRole(place: ScreensPlace, version: number): { readonly [path: string]: string } {
  return {
    'roles/app/role.yml': `summary: The application
checks:
  answers:
    run: [${place.hosts}/bin/app, health, "{{minion.id}}"]
    expect: {stdout: ok}
    retries: 0
`,
    'roles/app/states.yml': `${file(place, '/etc/app/app.env', `contents: ${JSON.stringify(appEnv(version))}`)}unpack the release:
  cmd.run: {${program(place, 'app, unpack')}, onchanges: [{file: /etc/app/app.env}]}
${file(place, '/var/cache/app/index', `contents: ${JSON.stringify(cacheIndex(version))}`)}${numberedStates(place, '/etc/app', STATES - 3)}`,
  }
}

/** Nginx refuses its configuration on web4. */
function webRole(place: ScreensPlace, version: number): { readonly [path: string]: string } {
  const sites = numberedStates(place, '/etc/nginx/sites', STATES - 2, ', require: [{file: /etc/nginx/nginx.conf}]')
  const check = `check_cmd: [${place.hosts}/bin/nginx, -t, -c, "{path}"]`
  return {
    'roles/web/role.yml': 'summary: Nginx with its sites\n',
    'roles/web/templates/nginx.conf.hbs': nginxConf(
      version,
      '{{minion.id}}',
      `{{default minion.vars.upstream "${UPSTREAM}"}}`,
    ),
    'roles/web/states.yml': `${file(place, '/etc/nginx/nginx.conf', `source: templates/nginx.conf.hbs, ${version === 1 ? '' : check}`)}reload nginx:
  cmd.run: {${program(place, 'nginx, -s, reload')}, onchanges: [{file: /etc/nginx/nginx.conf}]}
${sites}`,
  }
}

function redisRole(place: ScreensPlace): { readonly [path: string]: string } {
  const lines = Array.from({ length: 40 }, (_, at) => `option-${at + 1} ${at * 3}`)
  return {
    'roles/redis/role.yml': `summary: An in-memory store
pillar:
  redis.password: {type: secret}
checks:
  answers: {run: ["true"]}
`,
    'roles/redis/templates/redis.conf.hbs': `# {{minion.id}}\nrequirepass {{pillar.redis.password}}\n${lines.join('\n')}\n`,
    'roles/redis/states.yml': `/var/lib/redis:
  file.directory: {name: "${place.hosts}/{{minion.id}}/var/lib/redis", makedirs: true, ${place.owner}}
${file(place, '/etc/redis/redis.conf', 'source: templates/redis.conf.hbs, mode: "0640"')}start redis:
  cmd.run: {${program(place, 'redis-server, --daemonize')}, onchanges: [{file: /etc/redis/redis.conf}]}
"replicate from {{minion.vars.primary}}":
  when: "{{has minion.vars.primary}}"
  cmd.run: {cmd: ["true"]}
`,
  }
}

/** Programs of the hosts. Those that change something wait while the test holds them. */
export const PROGRAMS: { readonly [name: string]: string } = {
  app: `#!/bin/sh
id=$(basename "$PWD")
root=$(dirname "$0")/..
case $1 in
  unpack) [ ! -p "$root/gate-$id" ] || { : > "$root/$id-waits"; cat "$root/gate-$id"; } ;;
  health) [ "$2" = web17 ] && [ -e "$root/behind" ] && { echo 'HTTP 503: database "orders" has version 41, release 2.2 needs 42'; exit 1; } ;;
esac
echo ok
`,
  nginx: `#!/bin/sh
id=$(basename "$PWD")
root=$(dirname "$0")/..
if [ "$1" = -t ]; then
  grep -q app-old "$3" || exit 0
  echo 'nginx: [emerg] host not found in upstream "app-old.internal:8080"' >&2
  echo 'nginx: configuration file test failed' >&2
  exit 1
fi
[ ! -p "$root/gate-$id" ] || { : > "$root/$id-waits"; cat "$root/gate-$id"; }
`,
  'redis-server': `#!/bin/sh
id=$(basename "$PWD")
root=$(dirname "$0")/..
[ ! -p "$root/gate-$id" ] || { : > "$root/$id-waits"; cat "$root/gate-$id"; }
`,
}
