/**
 * A role whose second state waits at a gate that the test opens and closes, with a service that watches the first state: for
 * kills in the middle of an apply.
 */
export const GATE_FILES = {
  'roles/gate/role.yml': `summary: waits at a gate
pillar:
  gate.setting: {type: text, default: "first"}
`,
  'roles/gate/states.yml': `/etc/gate.conf:
  file.managed:
    contents: "{{pillar.gate.setting}}\\n"

pass the gate:
  cmd.run:
    cmd: [cat, /run/gate.fifo]
    creates: /run/gate.open
    require: [{file: /etc/gate.conf}]

gate:
  service.running:
    watch: [{file: /etc/gate.conf}]
    require: [{cmd: pass the gate}]
`,
} as const

export const GATE_UNIT = `[Unit]
Description=Gate
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`
