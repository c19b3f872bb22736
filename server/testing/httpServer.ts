import { createServer, type RequestListener, type Server } from 'node:http';

/** A real HTTP server on a free port of the loopback interface, closed at the end of the test. */
export async function httpServer(
  t: { after(close: () => Promise<void>): void },
  listener: RequestListener,
): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, server };
}
