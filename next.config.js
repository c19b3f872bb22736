import { networkInterfaces } from 'node:os';

/**
 * The addresses of this machine. To Next `http://127.0.0.1:3000` is another site than `http://localhost:3000`, to which it gives neither
 * scripts nor hot reload unless it is named. A name that leads here may be a stranger's; an address is not.
 */
function addresses() {
  try {
    return Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
  } catch {
    // Not every system tells them. The page works as `localhost`, which needs no name here.
    return [];
  }
}

/** @type {import('next').NextConfig} */
export default {
  // The Node server serves the pages itself, from a static export; Next's own server runs only in development.
  output: 'export',
  // Relative: the same pages work at the root and under any path. In development there is only the root.
  assetPrefix: process.env.NODE_ENV === 'production' ? '.' : '',
  // The build needs none.
  allowedDevOrigins: process.env.NODE_ENV === 'production' ? [] : addresses(),
  distDir: 'dist/next',
  // Next would take a random one, and browsers the same pages from another machine for a new version.
  generateBuildId: () => process.env.LIVELENS_BUILD_ID ?? null,
  reactStrictMode: true,
  // `npm run check` does the type check, once and for the whole project.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
};
