/** @type {import('next').NextConfig} */
export default {
  // The Node server serves the pages itself, from a static export; Next's own server runs only in development.
  output: 'export',
  // Relative: the same pages work at the root and under any path. In development there is only the root.
  assetPrefix: process.env.NODE_ENV === 'production' ? '.' : '',
  distDir: 'dist/next',
  // Next would take a random one, and browsers the same pages from another machine for a new version.
  generateBuildId: () => process.env.LIVELENS_BUILD_ID ?? null,
  reactStrictMode: true,
  // `npm run check` does the type check, once and for the whole project.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
};
