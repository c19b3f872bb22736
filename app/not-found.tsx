/** The build removes all scripts from this page, and the server makes its addresses fit the depth at which it is shown. */
export default function NotFound() {
  return (
    <main className="not-found">
      <h1>Page not found</h1>
      <p>There is no page at this address.</p>
      <p>
        <a href="./">Open Livelens</a>
      </p>
      <p>
        Is this server behind a reverse proxy, under a path? If the proxy passes the path on, start the server
        with <code>BASE_PATH</code> set to it, such as <code>BASE_PATH=/lens</code>.
      </p>
    </main>
  );
}
