import Link from 'next/link';

export default function NotFound() {
  return (
    <main className="not-found">
      <h1>Nothing here</h1>
      <p>This address leads nowhere.</p>
      <Link href="/">Open Livelens</Link>
    </main>
  );
}
