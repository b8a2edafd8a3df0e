import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Scene } from './scene.ts'

/** Two minions with a role of 24 files, a program that waits until the test lets it go on, and one state that fails on m2. */
export class ScreenScene extends Scene {
  readonly #gates = ['m1', 'm2'].map(minion => join(this.directory, `gate-${minion}`))

  async open(): Promise<void> {
    for (const gate of this.#gates) execFileSync('mkfifo', [gate])
    const files = Array.from({ length: 24 }, (_, at) => {
      const name = `${this.out}/{{minion.id}}-${at}`
      return `file ${at}:\n  file.managed: {name: "${name}", contents: "number ${at}\\n", ${this.owner}}\n`
    })
    await this.makeFleet({
      'roles/demo/role.yml': 'summary: writes files\n',
      'roles/demo/states.yml': `${files.slice(0, 12).join('')}wait:
  cmd.run: {cmd: "echo > ${this.out}/{{minion.id}}-waits; cat ${this.directory}/gate-{{minion.id}}", shell: true}
fail:
  cmd.run: {cmd: ["false"], onlyif: [["test", "{{minion.id}}", "=", "m2"]]}
${files.slice(12).join('')}`,
      'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
    })
    await this.startMaster()
    await this.join('m1')
    await this.join('m2')
  }

  /** True once both programs have begun. */
  waits(): boolean {
    return ['m1', 'm2'].every(minion => existsSync(join(this.out, `${minion}-waits`)))
  }

  /** Lets both programs go on, which must wait. */
  letGo(): void {
    for (const gate of this.#gates) writeFileSync(gate, '')
  }

  override async close(): Promise<void> {
    for (const gate of this.#gates) {
      try {
        closeSync(openSync(gate, constants.O_WRONLY | constants.O_NONBLOCK))
      } catch {
        // Nobody waits.
      }
    }
    await super.close()
  }
}
