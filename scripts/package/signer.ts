import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Signs files with one OpenPGP key. */
export interface Signer {
  /** Of its primary key, 40 hex digits. */
  readonly fingerprint: string
  /** The public key as `gpgv --keyring` and `signed-by` of apt take it. */
  readonly publicKey: Uint8Array
  /** A signature beside the file. */
  detached(path: string, signature: string): Promise<void>
  /** The text with its signature around it. */
  clear(path: string, signed: string): Promise<void>
  /** Forgets the key. */
  close(): Promise<void>
}

/**
 * Reads a secret OpenPGP key, as `gpg --export-secret-keys` writes it, into a keyring of its own that is gone afterwards.
 * `passphraseFile`: of a key that has a passphrase. Throws when the file holds no secret key, or several.
 */
export async function openSigner(keyFile: string, passphraseFile: string | undefined): Promise<Signer> {
  // Below the temporary directory: the path of the agent's socket must be short.
  const home = await mkdtemp(join(tmpdir(), 'saltern-gpg-'))
  const env = { GNUPGHOME: home, LC_ALL: 'C.UTF-8' }
  const gpg = (args: readonly string[]) =>
    execa('gpg', ['--batch', '--no-tty', '--quiet', '--pinentry-mode', 'loopback', ...args], {
      env,
      encoding: 'buffer',
      // A key may end with the byte of a newline.
      stripFinalNewline: false,
    })
  const close = async (): Promise<void> => {
    await execa('gpgconf', ['--kill', 'gpg-agent'], { env, reject: false })
    await rm(home, { recursive: true, force: true })
  }
  try {
    const unlock = passphraseFile === undefined ? [] : ['--passphrase-file', passphraseFile]
    await gpg([...unlock, '--import', keyFile])
    const { stdout } = await gpg(['--list-secret-keys', '--with-colons'])
    const found = Buffer.from(stdout).toString('utf8')
    const prints = [...found.matchAll(/^sec:.*\n(?:(?!fpr).*\n)*fpr:+([0-9A-F]{40}):/gm)].map(([, print = '']) => print)
    const [fingerprint, ...others] = prints
    if (fingerprint === undefined || others.length > 0) {
      throw new Error(`${keyFile} must hold one secret OpenPGP key, it holds ${prints.length}`)
    }
    const { stdout: publicKey } = await gpg(['--export', fingerprint])
    const sign = async (args: readonly string[]): Promise<void> => {
      await gpg([...unlock, '--yes', '--digest-algo', 'SHA512', '--local-user', fingerprint, ...args])
    }
    return {
      fingerprint,
      publicKey: new Uint8Array(publicKey),
      detached: (path, signature) => sign(['--output', signature, '--detach-sign', path]),
      clear: (path, signed) => sign(['--output', signed, '--clear-sign', path]),
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}
