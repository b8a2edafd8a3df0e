import { openStore } from '../../../master/store/open.ts'
import { keyStoreContract } from '../../contract/key-store.ts'
import { kvContract } from '../../contract/kv.ts'
import { logContract } from '../../contract/log.ts'
import { temporaryDirectory } from './fixture.ts'

logContract('SQLite', now => openStore(temporaryDirectory(), { now }))
kvContract('SQLite', now => openStore(temporaryDirectory(), { now }))
keyStoreContract('SQLite', now => openStore(temporaryDirectory(), { now }))
