#!/usr/bin/env bash
# @homebridge/ciao 1.3.12 (npm), a multicast DNS responder
#
# Expected: `advertise()` rejects where no socket can be opened, as when another program holds port 5353 for itself, or the
#   network interface does not exist; or there is an event that says so.
# Behaviour: the promise resolves, and the service says that it is announced. No one on the network can find it.
# Consequence: a product prints a name that leads nowhere.
# In Livelens: the QR code has an address, and the name is only listed as one more (server/lan/).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund @homebridge/ciao@1.3.12 >/dev/null

cat >probe.mjs <<'EOF'
import ciao from '@homebridge/ciao';

const responder = ciao.default.getResponder({ interface: 'nosuchinterface0' });
const service = responder.createService({ name: 'example', type: 'http', port: 8080, hostname: 'example-of-a-name' });
const outcome = await Promise.race([
  service.advertise().then(() => 'resolved', () => 'rejected'),
  new Promise((resolve) => setTimeout(resolve, 20_000, 'nothing')),
]);
console.log(`advertise on an interface that does not exist: ${outcome}, state ${service.serviceState}`);
console.log(outcome === 'resolved' ? 'As described.' : 'CHANGED: expected that it resolves.');
process.exit(outcome === 'resolved' ? 0 : 1);
EOF
node probe.mjs
