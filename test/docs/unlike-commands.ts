import type { Lasting } from './page-session.ts'

const untilUp: Lasting = { until: /the node is up/, stays: true, status: 0 }
const untilUpElsewhere: Lasting = { ...untilUp, stays: false, elsewhere: true }

/** Lines of the pages that go on until somebody ends them. */
export const lasting: Readonly<Record<string, Lasting>> = {
  'openledger start --data ./node': untilUp,
  'npm run -s openledger -- start --data ./node': untilUp,
  'openledger start --data ./joined --genesis genesis.cbor --bootstrap ADDR': untilUpElsewhere,
  'openledger start --data ./trusting --trust bafy… --bootstrap ADDR': untilUpElsewhere,
  'openledger start --config validator.json': untilUpElsewhere,
  'openledger light --account $ME --trust $TRUST --peer $PEER --follow': {
    until: /checkpoint/,
    stays: false,
    status: 0,
  },
  "curl -N 'http://127.0.0.1:8650/v1/events?types=payouts,checkpoints&from=1'": {
    until: /event: checkpoint/,
    stays: false,
    status: 130,
  },
}

/** Lines that end with another status than 0, and should. */
export const statuses: Readonly<Record<string, number>> = {
  // It shows a checkpoint to compare, and trusts nothing yet.
  'openledger light --account $ME --peer ADDR1 ADDR2 ADDR3': 1,
}

const docker = 'a container: test/e2e/compose.test.ts runs what the compose files say as processes'
const ownNetwork = 'the network that all pages use is this one, or one like it'
const alias = 'a shell keeps no alias beyond its line; the name is on the PATH instead'
const form = 'a form, no command'

/** Lines that are looked at but not run, each with the reason. A line of the pages that is neither here nor runs is a failure. */
export const notRun: Readonly<Record<string, string>> = {
  'npm run testnet': ownNetwork,
  'npm run -s testnet -- --dir /tmp/ledger': ownNetwork,
  'npm test': 'it is what runs this',
  'npm run bench': 'takes minutes',
  'npm run -s openledger -- COMMAND': form,
  "alias openledger='npm run -s openledger --'": alias,
  'docker compose up --build': docker,
  'docker compose exec node node src/cli/openledger.mjs status': docker,
  'docker compose exec node node src/cli/openledger.mjs doctor': docker,
  'docker compose down': docker,
  'docker compose -f compose.testnet.yaml up --build': docker,
  'docker compose -f compose.testnet.yaml run --rm play': docker,
  'docker compose up --build --detach': docker,
  'docker compose build': docker,
  'docker run --detach --name joined --read-only --tmpfs /tmp --stop-timeout 12 -p 8649:8649 -p 127.0.0.1:8650:8650 -v joined:/data -v ./given:/given:ro -e OPENLEDGER_GENESIS=/given/genesis.cbor -e OPENLEDGER_BOOTSTRAP=ADDR openledger-node':
    docker,
  'docker exec joined node src/cli/openledger.mjs status': docker,
  'docker compose exec node node src/cli/openledger.mjs backup /data/monday.backup --data /data': docker,
  'docker compose cp node:/data/monday.backup .': docker,
  'docker compose exec node rm /data/monday.backup': docker,
  'docker run --rm -v restored:/data -v ./monday.backup:/monday.backup:ro openledger-node restore /monday.backup --data /data':
    docker,
  'sudo chown -R 1000 given': 'needs the rights of root, and changes who may read what the page goes on with',
  'git pull': 'another version would come',
  'openledger testnet --exit --faults kill=3,pause=2,latency=50ms,loss=1%': 'takes minutes: test/e2e/faults.test.ts',
  "openledger testnet --exit --faults 'partition=2|2@10s+60s'": 'takes minutes: test/e2e/faults.test.ts',
  'openledger start --config ./network/node0/config.json': 'its addresses are those of other machines',
}
