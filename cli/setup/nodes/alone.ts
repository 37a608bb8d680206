import { readEnv } from '../../../config/env.ts'
import { answers, socketPath } from '../../../mixins/transporter/socket-path.ts'

// Asked by deploy.sh: whether one process without servers works on this data directory. Wrong settings are told by what follows.
const isThere = async () => answers(socketPath(readEnv().dataDir))
process.exitCode = (await isThere().catch(() => false)) ? 0 : 1
