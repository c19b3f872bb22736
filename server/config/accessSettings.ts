import * as v from 'valibot';
import { PLATFORM_NAMES } from './platformNames.ts';
import {
  about,
  basePath,
  file,
  LAN_NAME_FORM,
  list,
  names,
  onOrOff,
  secret,
  text,
  wholeNumber,
} from './settingTypes.ts';

/** Where the server is reached, and by whom: a part of `Environment`. */
export const ACCESS_SETTINGS = {
  PORT: v.pipe(
    v.optional(wholeNumber(0, 65_535)),
    about({
      group: 'Address',
      defaultIs:
        '3000; where a [contract](contracts.md) is on, the port of its platform; of a worker machine any free port',
      meaning:
        'Port of pages, API and stream; of a worker machine that of `/livez`, `/readyz` and `/metrics`. `0`: any free port.',
    }),
  ),
  HOST: v.pipe(
    v.optional(v.pipe(v.string(), v.trim())),
    about({
      group: 'Address',
      defaultIs: 'all addresses, IPv6 and IPv4',
      meaning: 'Name or address of this machine to listen on.',
    }),
  ),
  BASE_PATH: v.pipe(
    basePath,
    about({
      group: 'Address',
      defaultIs: 'none',
      meaning:
        'Path under which a reverse proxy passes requests on, such as `/lens`, if the proxy does not remove it. See [Under a path](subpath.md).',
    }),
  ),
  PLATFORM: v.pipe(
    v.optional(v.pipe(v.string(), v.trim(), v.toLowerCase(), v.picklist(['', '0', ...PLATFORM_NAMES]))),
    about({
      group: 'Address',
      defaultIs: 'what the environment shows',
      meaning: `Where the server runs, which gives several settings other defaults: ${PLATFORM_NAMES.map((name) => `\`${name}\``).join(', ')}. \`0\`: none of these. See [Platforms](platforms.md).`,
    }),
  ),
  CONTRACTS: v.pipe(
    text,
    about({
      group: 'Address',
      defaultIs: 'that of the platform that the server runs on, if it is one of them',
      meaning:
        'Contracts of platforms to answer, separated by commas: `sagemaker`, `vertex`, `azureml`, `oip`; or `all`. `0`: none. See [Contracts](contracts.md).',
    }),
  ),
  TRUST_PROXY: v.pipe(
    v.optional(v.string(), '0'),
    about({
      group: 'Address',
      meaning:
        'What stands in front of the server: the number of proxies, their addresses, or a platform such as `fly`, `cloudflare`, `heroku`. See [Behind a proxy](proxies.md).',
    }),
  ),
  LAN: v.pipe(
    onOrOff,
    about({
      group: 'Phones and other machines',
      defaultIs: 'on in a terminal, where the server listens on all addresses and nothing stands in front',
      meaning:
        '`1`: a QR code for phones, https on the same port, and plain HTTP of other machines is sent to https. `0`: none of it. See [On a phone](phone.md).',
    }),
  ),
  LAN_NAME: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.trim(),
        v.toLowerCase(),
        v.regex(/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/, LAN_NAME_FORM),
      ),
      'livelens',
    ),
    about({
      group: 'Phones and other machines',
      meaning:
        'Name of this machine on its network, `livelens.local`, by multicast DNS. Where it is taken: `livelens-2.local` and so on. `0`: none.',
    }),
  ),
  PAIRING: v.pipe(
    onOrOff,
    about({
      group: 'Phones and other machines',
      defaultIs: 'on in LAN mode',
      meaning:
        '`1`: other devices need the code in the QR code, good for one device, or `TOKEN`. `0`: everyone on the network may use the server.',
    }),
  ),
  TLS_CERT: v.pipe(
    file,
    about({
      group: 'Phones and other machines',
      defaultIs: 'made in LAN mode',
      meaning:
        'File of a certificate of your own, PEM, with those between it and its authority. The server then takes https and http on its port. Read again when it is replaced.',
    }),
  ),
  TLS_KEY: v.pipe(
    file,
    about({
      group: 'Phones and other machines',
      defaultIs: 'made in LAN mode',
      meaning: 'File of its private key, PEM, without a passphrase.',
    }),
  ),
  ALLOWED_ORIGINS: v.pipe(
    list,
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'Other origins whose pages may use the server, separated by commas: `https://a.example,https://b.example`. `*`: all.',
    }),
  ),
  TOKEN: v.pipe(
    v.optional(secret(8)),
    about({
      isSecret: true,
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'Token that clients must show: typed in the page, or `#token=…` after its address; a bearer token over HTTP. 8 to 512 characters.',
    }),
  ),
  JWT_KEY: v.pipe(
    v.optional(secret(32, 16_384)),
    about({
      isSecret: true,
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'Key of [signed tokens](access.md#signed-tokens): a secret of 32 characters or more (HS256), or a public key in PEM. With it, or one of the next two, clients must show a token.',
    }),
  ),
  JWT_KEY_FILE: v.pipe(
    file,
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'File with such a key, with several in PEM, or with a JWKS in JSON. Read again when it changes.',
    }),
  ),
  JWT_JWKS_URL: v.pipe(
    v.optional(v.pipe(v.string(), v.url())),
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'Address of the keys of an identity provider (JWKS), https. Fetched again for a key that is not known. Needs `JWT_ISSUER` and `JWT_AUDIENCE`.',
    }),
  ),
  JWT_ISSUER: v.pipe(
    list,
    about({
      group: 'Access',
      defaultIs: 'any',
      meaning: 'Issuer of signed tokens, as their `iss` has it; several with commas.',
    }),
  ),
  JWT_AUDIENCE: v.pipe(
    list,
    about({
      group: 'Access',
      defaultIs: 'any',
      meaning: 'Audience that their `aud` must have; several with commas: one of them.',
    }),
  ),
  JWT_SCOPE_CLAIM: v.pipe(
    names('scope,scp'),
    about({
      group: 'Access',
      meaning:
        'Claims that hold scopes, as text with spaces or as a list: also `permissions`, `roles`, `realm_access.roles`.',
    }),
  ),
  JWT_SCOPE_PREFIX: v.pipe(
    text,
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning: 'What scopes begin with, such as `livelens:` for `livelens:view`. Others do not count.',
    }),
  ),
  SCREEN_TOKEN: v.pipe(
    v.optional(secret(8)),
    about({
      isSecret: true,
      group: 'Access',
      defaultIs:
        'as `TOKEN`; with neither, and `PAIRING` off, `/screen` opens on the machine of the server alone',
      meaning:
        'Token that `/screen` must show before it sees the cameras of others; it may then pair phones, too: typed there, or `/screen#token=…`. 8 to 512 characters. See [A second screen](screen.md).',
    }),
  ),
  ADMIN_TOKEN: v.pipe(
    v.optional(secret(16, 8_192)),
    about({
      isSecret: true,
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'A request with this token may change models, from any address. 16 to 8,192 characters; commands with `--server` also take a signed token with the scope `admin` here. See [Who may change models](access.md).',
    }),
  ),
  LIVELENS_CONFIG_DIR: v.pipe(
    text,
    about({
      group: 'Access',
      defaultIs: "a folder in the user's settings",
      meaning: 'Folder of the [secret of this installation](access.md).',
    }),
  ),
  RESUME_SECRET: v.pipe(
    v.optional(v.pipe(v.string(), v.minLength(16))),
    about({
      isSecret: true,
      group: 'Access',
      defaultIs: 'random; with `QUEUE` one that the fleet shares',
      meaning:
        'Signs the tokens with which sessions resume. Give all machines that share sessions the same. At least 16 characters.',
    }),
  ),
};
