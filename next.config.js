/** @type {import('next').NextConfig} */
export default {
  // The Node server serves the pages itself, from a static export; Next's own server runs only in development.
  output: 'export',
  distDir: 'dist/next',
  reactStrictMode: true,
  // `npm run check` does the type check, once and for the whole project.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
};
