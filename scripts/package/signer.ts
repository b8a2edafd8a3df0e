import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Signs files with one OpenPGP key. */
export interface Signer {
  /** Fingerprint of the primary key, 40 hex digits. */
  readonly fingerprint: string
  /** The public key, in the format of `gpgv --keyring` and apt's `signed-by`. */
  readonly publicKey: Uint8Array
  /** Writes a detached signature. */
  detached(path: string, signature: string): Promise<void>
  /** Writes the text with an inline signature. */
  clear(path: string, signed: string): Promise<void>
  /** Removes the keyring. */
  close(): Promise<void>
}

/**
 * Reads a secret OpenPGP key, as written by `gpg --export-secret-keys`, into a temporary keyring. `passphraseFile` is needed
 * for a key with a passphrase. Throws when the file holds no secret key, or several.
 */
export async function openSigner(keyFile: string, passphraseFile: string | undefined): Promise<Signer> {
  // In the temporary directory, because the path of the agent's socket must be short.
  const home = await mkdtemp(join(tmpdir(), 'saltern-gpg-'))
  const env = { GNUPGHOME: home, LC_ALL: 'C.UTF-8' }
  const gpg = (args: readonly string[]) =>
    execa('gpg', ['--batch', '--no-tty', '--quiet', '--pinentry-mode', 'loopback', ...args], {
      env,
      encoding: 'buffer',
      // A key can end with a newline byte.
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
