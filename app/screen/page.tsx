import { Wall } from './Wall.tsx';

export default function Page() {
  return <Wall />;
}
