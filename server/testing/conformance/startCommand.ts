import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Files of `deploy/` that say how the server is started; those that use the image say nothing of their own. */
export const STARTED_BY = {
  image: 'deploy/docker/Dockerfile',
  heroku: 'deploy/heroku/Procfile',
  railway: 'deploy/railway/railway.json',
  'elastic-beanstalk': 'deploy/elastic-beanstalk/Procfile',
  systemd: 'deploy/vps/livelens.service',
} as const;

/** What follows `node dist/server/main.js` in the command of that file. */
export function argumentsOf(startedBy: keyof typeof STARTED_BY): readonly string[] {
  const file = STARTED_BY[startedBy];
  const text = readFileSync(file, 'utf8');
  if (startedBy === 'image') {
    const words = /^CMD (\[.*\])$/m.exec(text)?.[1];
    assert.ok(words, `${file} has no CMD`);
    return JSON.parse(words);
  }
  const rest = /dist\/server\/main\.js([^"\n]*)/.exec(text)?.[1];
  assert.ok(rest !== undefined, `${file} does not start dist/server/main.js`);
  return rest.split(' ').filter(Boolean);
}
